-- Only headers that somebody knows what to do with.
local allowed = { ["trace-id"] = true, region = true, ["content-type"] = true }

return tidemill.validate {
  description = "known headers only",
  needs = { "headers" },
  record = function(rec)
    for i = 1, rec.header_count do
      local name = rec:header_at(i)
      if not allowed[name] then return reject("there is no header '" .. name .. "' in this topic") end
    end
  end,
}
