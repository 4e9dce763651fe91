return {
  { name = "a package", record = { value = '{"package": "kcat", "version": "1.7"}' }, expect = "pass" },
  { name = "no version", record = { value = '{"package": "kcat"}' }, expect = "reject: version is missing" },
  { name = "no JSON", record = { value = "kcat" }, expect = "reject: the value is not JSON" },
}
