-- A tenth of the disk stays free, whatever it takes; otherwise the topic's own retention.ms.
return tidemill.retention {
  description = "a tenth of the disk stays free",
  segment = function(segment, log)
    if log.disk_free ~= nil and log.disk_free < 0.10 * log.disk_total then return delete end
    if log.retention_ms ~= nil and segment.age > log.retention_ms then return delete end
    return keep
  end,
}
