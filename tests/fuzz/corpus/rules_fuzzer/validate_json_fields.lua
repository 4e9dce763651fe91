-- Values are JSON with these fields of these types.
local fields = { ["/id"] = "number", ["/name"] = "string" }

return tidemill.validate {
  description = "JSON with an id and a name",
  needs = { "value" },
  record = function(rec)
    if rec.value_size == 0 then return end -- a tombstone
    if not rec:is_json() then return reject "the value is no JSON" end
    for path, type in pairs(fields) do
      local found = rec:json_type(path)
      if found ~= type then
        return reject("expected a " .. type .. " at " .. path .. ", found " .. (found or "nothing"))
      end
    end
  end,
}
