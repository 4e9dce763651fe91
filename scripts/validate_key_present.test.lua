return {
  { name = "a key", record = { key = "k" }, expect = "pass" },
  { name = "no key", record = {}, expect = "reject: the record has no key" },
  { name = "an empty key", record = { key = "" }, expect = "reject: the record has no key" },
}
