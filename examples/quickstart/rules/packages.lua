-- What is let in: JSON with a name and a version.
return tidemill.validate {
  description = "packages have a name and a version",
  needs = { "value" },
  record = function(rec)
    if not rec:is_json() then return reject "the value is not JSON" end
    if rec:json("/package") == nil then return reject "package is missing" end
    if rec:json("/version") == nil then return reject "version is missing" end
  end,
}
