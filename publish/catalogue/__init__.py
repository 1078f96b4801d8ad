"""What other programs are told of the downloads: data package, catalogues, sitemap, citation."""
