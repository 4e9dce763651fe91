-- Keeps what some group is still reading, and a gibibyte behind it for those who look back.
return tidemill.retention {
  description = "what is being read, and a gibibyte before it",
  segment = function(segment, log)
    if log.min_committed_offset == nil then return keep end
    if segment.last_offset >= log.min_committed_offset then return keep end
    if segment.size_from_here - segment.size > gib(1) then return delete end
    return keep
  end,
}
