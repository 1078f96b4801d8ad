export default function (config) {
  config.setInputDirectory("pages");
  config.setDataDirectory("../data");
  config.setOutputDirectory("public");
}
