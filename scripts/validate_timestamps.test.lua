return {
  { name = "today", record = { timestamp = 1764300000000 }, expect = "pass" },
  { name = "in seconds", record = { timestamp = 1764300000 },
    expect = "reject: the timestamp 1764300000 is not in milliseconds between 2020 and 2100" },
  { name = "none", record = { timestamp = -1 }, expect = "reject" },
}
