-- Topics are named tenant.something: large tenants have bought more room.
local sizes = { acme = gib(100), globex = gib(20) }
local others = gib(5)

return tidemill.retention {
  description = "a size for each tenant",
  segment = function(segment, log)
    local tenant = others
    for name, size in pairs(sizes) do
      if starts(log.topic, name .. ".") then tenant = size end
    end
    if segment.size_from_here - segment.size >= tenant then return delete end
    return keep
  end,
}
