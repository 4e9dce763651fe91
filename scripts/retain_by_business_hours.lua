-- By day (UTC 6 to 20) three days are kept; by night, when nobody looks for it, one.
return tidemill.retention {
  description = "three days by day, one by night",
  segment = function(segment, log)
    local hour = log.now // hours(1) % 24
    local longest = (hour >= 6 and hour < 20) and days(3) or days(1)
    if segment.age > longest then return delete end
    return keep
  end,
}
