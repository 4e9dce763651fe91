-- Milliseconds since 1970; producers that send seconds, or the epoch, are told.
local earliest = 1577836800000 -- 2020-01-01
local latest = 4102444800000 -- 2100-01-01

return tidemill.validate {
  description = "timestamps between 2020 and 2100",
  needs = { "timestamp" },
  record = function(rec)
    if rec.timestamp < earliest or rec.timestamp > latest then
      return reject("the timestamp " .. rec.timestamp .. " is not in milliseconds between 2020 and 2100")
    end
  end,
}
