return {
  { name = "as it should be", record = { value = '{"id": 1, "name": "x", "more": []}' }, expect = "pass" },
  { name = "no JSON", record = { value = '{"id": 1' }, expect = "reject: the value is no JSON" },
  { name = "a field is missing", record = { value = '{"id": 1}' }, expect = "reject: expected a string at /name, found nothing" },
  { name = "a field of another type", record = { value = '{"id": "1", "name": "x"}' },
    expect = "reject: expected a number at /id, found string" },
  { name = "a tombstone", record = { key = "k" }, expect = "pass" },
}
