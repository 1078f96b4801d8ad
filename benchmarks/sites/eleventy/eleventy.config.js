const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export default function (config) {
  config.setInputDirectory("pages");
  config.setIncludesDirectory("../_includes");
  config.setDataDirectory("../data");
  config.setOutputDirectory("public");
  config.setNunjucksEnvironmentOptions({ trimBlocks: true, lstripBlocks: true });
  config.addNunjucksFilter("fixed", (value) => value.toFixed(1));
  config.addNunjucksFilter("number", (value) => (value < 1000 ? value : grouped.format(value)));
  config.addNunjucksFilter("percent", (value) => `${(value * 100).toFixed(1)}%`);
}
