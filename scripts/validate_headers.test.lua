return {
  { name = "no headers", record = {}, expect = "pass" },
  { name = "known ones", record = { headers = { region = "eu", ["trace-id"] = "1" } }, expect = "pass" },
  { name = "an unknown one", record = { headers = { { "region", "eu" }, { "debug", "1" } } },
    expect = "reject: there is no header 'debug' in this topic" },
}
