"""How rows come in from where departments keep them: folders, databases, web services."""
