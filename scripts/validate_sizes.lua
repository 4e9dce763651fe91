return tidemill.validate {
  description = "keys of 256 bytes, values of 64 KiB",
  needs = { "key", "value" },
  record = function(rec)
    if rec.key_size > 256 then return reject("the key has " .. rec.key_size .. " bytes, expected at most 256") end
    if rec.value_size > kib(64) then
      return reject("the value has " .. rec.value_size .. " bytes, expected at most 65536")
    end
  end,
}
