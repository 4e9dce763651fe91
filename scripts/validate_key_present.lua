return tidemill.validate {
  description = "every record has a key",
  needs = { "key" },
  record = function(rec)
    if rec.key == nil or rec.key == "" then return reject "the record has no key" end
  end,
}
