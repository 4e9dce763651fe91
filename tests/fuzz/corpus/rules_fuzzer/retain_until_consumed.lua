-- What every group has read may go, after an hour; a group that is stuck holds nothing longer than a week.
return tidemill.retention {
  description = "until every group has committed, an hour at least, a week at most",
  segment = function(segment, log)
    if segment.age > days(7) then return delete end
    if segment.age < hours(1) or log.min_committed_offset == nil then return keep end
    if segment.last_offset < log.min_committed_offset then return delete end
    return keep
  end,
}
