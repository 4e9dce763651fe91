#include "partition/partitioner_check.hpp"
#include "replication/errc.hpp"
#include "tests/unit/partition/shard_fixture.hpp"

namespace tidemill::partition {
namespace {

append_options with(acknowledge acks) {
  append_options options;
  options.acks = acks;
  return options;
}

class partition_append : public shard_fixture {
 protected:
  void use_sync_before_commit() { policy_.sync_before_commit = true; }
  [[nodiscard]] std::uint64_t used_bytes() const {
    std::uint64_t sum = 0;
    for (const std::string& path : disk_.paths()) {
      sum += disk_.content(path).value_or(byte_buffer()).size();
    }
    return sum;
  }
  [[nodiscard]] std::size_t files_ending(std::string_view suffix) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        disk_.paths(), [suffix](const std::string& path) { return path.ends_with(suffix); }));
  }
};

TEST_F(partition_append, alone_answers_before_returning_and_can_be_read) {
  partition& here = open();
  EXPECT_EQ(base_of(append(here, {.count = 3})), 0);
  EXPECT_EQ(base_of(append(here, {.count = 2})), 3);
  EXPECT_EQ(here.high_watermark(), offset{5});
  const read_outcome got = read(here, 1);
  EXPECT_EQ(got.slice.first_batch, offset{0});
  EXPECT_EQ(got.slice.end, offset{5});
  EXPECT_EQ(got.high_watermark, offset{5});
  byte_buffer bytes(got.slice.size_bytes);
  ASSERT_EQ(got.slice.file->read_at(got.slice.position, bytes).value(), bytes.size());
  record::batch_scanner scanner(bytes);
  EXPECT_EQ(scanner.next()->base_offset(), offset{0});
  EXPECT_EQ(scanner.next()->base_offset(), offset{3});
}

TEST_F(partition_append, bad_batch_is_refused_with_the_record_rooms_reason) {
  partition& here = open();
  byte_buffer batch = make_batch({});
  batch.back() ^= std::byte{1};
  std::optional<append_outcome> outcome;
  here.append_now(batch, {}, [&](append_outcome each) { outcome = std::move(each); });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error().error, record::errc::crc_mismatch);
  EXPECT_EQ(here.log_end(), offset{0});
}

TEST_F(partition_append, r3_wrong_leader_epoch_is_refused) {
  host_->assign(key_of(0), assignment_of(4));
  partition& here = open();
  append_options options;
  for (const auto& [epoch, error] : {std::pair(3, replication::errc::fenced_leader_epoch),
                                     std::pair(5, replication::errc::unknown_leader_epoch)}) {
    options.current_leader_epoch = leader_epoch{epoch};
    EXPECT_EQ(error_of(append(here, {}, options)), error);
    EXPECT_EQ(here.check_epoch(leader_epoch{epoch}).error(), error);
  }
  options.current_leader_epoch = leader_epoch{4};
  EXPECT_EQ(base_of(append(here, {}, options)), 0);
}

TEST_F(partition_append, t1_duplicate_is_answered_with_its_first_offset) {
  partition& here = open();
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(base_of(append(here, {.producer = 5, .first_sequence = 2 * i, .count = 2})), 2 * i);
  }
  const answer again = append(here, {.producer = 5, .first_sequence = 4, .count = 2});
  EXPECT_EQ(base_of(again), 4);
  EXPECT_TRUE((**again)->duplicate);
  EXPECT_EQ(here.log_end(), offset{12});
  EXPECT_EQ(error_of(append(here, {.producer = 5, .first_sequence = 13, .count = 1})),
            errc::out_of_order_sequence);
  EXPECT_EQ(error_of(append(here, {.producer = 5, .first_sequence = 0, .count = 2})),
            errc::out_of_order_sequence);
  EXPECT_EQ(base_of(append(here, {.producer = 5, .epoch = 1})), 12);
  EXPECT_EQ(error_of(append(here, {.producer = 5, .first_sequence = 12})),
            errc::invalid_producer_epoch);
}

TEST_F(partition_append, of_one_round_is_stored_in_order_of_arrival_at_its_end) {
  partition& here = open();
  const answer first = arrive(here, {.count = 2});
  const answer bad = arrive(here, {.transactional = true});
  const answer second = arrive(here, {.producer = 5});
  EXPECT_FALSE(*first || *second) << "nothing is looked at before the end of the round";
  loop_.run();
  EXPECT_EQ(base_of(first), 0);
  EXPECT_TRUE(error_of(bad));
  EXPECT_EQ(base_of(second), 2);
  EXPECT_EQ(here.high_watermark(), offset{3});
}

TEST_F(partition_append, of_one_round_costs_one_write) {
  partition& here = open();
  append(here, {});
  const std::uint64_t before = disk_.changes();
  std::vector<answer> answers;
  for (int i = 0; i < 10; ++i) {
    answers.push_back(arrive(here, {.producer = 1, .first_sequence = i}));
  }
  loop_.run();
  EXPECT_EQ(base_of(answers.back()), 10);
  EXPECT_EQ(disk_.changes(), before + 1);
}

TEST_F(partition_append, of_one_round_and_one_producer_keeps_its_sequence) {
  partition& here = open();
  const answer zero = arrive(here, {.producer = 5, .first_sequence = 0});
  const answer other = arrive(here, {.producer = 6, .first_sequence = 0});
  const answer one = arrive(here, {.producer = 5, .first_sequence = 1});
  const answer again = arrive(here, {.producer = 5, .first_sequence = 0});
  const answer gap = arrive(here, {.producer = 5, .first_sequence = 3});
  const answer two = arrive(here, {.producer = 5, .first_sequence = 2});
  const answer next_epoch = arrive(here, {.producer = 5, .epoch = 1, .first_sequence = 0});
  const answer fenced = arrive(here, {.producer = 5, .first_sequence = 3});
  loop_.run();
  EXPECT_EQ(base_of(zero), 0);
  EXPECT_EQ(base_of(other), 1);
  EXPECT_EQ(base_of(one), 2);
  EXPECT_EQ(base_of(again), 0);
  EXPECT_TRUE((**again)->duplicate);
  EXPECT_EQ(error_of(gap), errc::out_of_order_sequence);
  EXPECT_EQ(base_of(two), 3);
  EXPECT_EQ(base_of(next_epoch), 4);
  EXPECT_EQ(error_of(fenced), errc::invalid_producer_epoch);
}

TEST_F(partition_append, of_one_round_fails_alone_when_its_neighbours_fit_the_disk) {
  partition& here = open();
  append(here, {});
  disk_.set_capacity(used_bytes() + 2000);
  const answer small = arrive(here, {.producer = 6, .first_sequence = 0});
  const answer large = arrive(here, {.producer = 5, .value = std::string(5000, 'x')});
  const answer behind_it = arrive(here, {.producer = 5, .first_sequence = 1});
  const answer last = arrive(here, {.producer = 6, .first_sequence = 1});
  loop_.run();
  EXPECT_EQ(base_of(small), 1);
  EXPECT_EQ(error_of(large), log::errc::disk_full);
  EXPECT_EQ(error_of(behind_it), errc::out_of_order_sequence) << "what it continues is not there";
  EXPECT_EQ(base_of(last), 2);
}

TEST_F(partition_append, that_fails_and_succeeds_in_turn_on_a_full_disk_is_told_at_intervals) {
  partition& here = open();
  append(here, {});
  disk_.set_capacity(used_bytes() + 6000);
  std::int64_t last = 0;
  const auto take_turns = [&] {
    for (int round = 0; round < 5; ++round) {
      EXPECT_EQ(base_of(append(here, {})), ++last);
      const answer large = arrive(here, {.value = std::string(9000, 'x')});
      loop_.run();
      EXPECT_EQ(error_of(large), log::errc::disk_full);
    }
  };
  take_turns();
  EXPECT_EQ(listener_.failures.size(), 1U);
  clock_.advance(std::chrono::seconds(11));
  take_turns();
  EXPECT_EQ(listener_.failures.size(), 2U);
}

TEST_F(partition_append, that_has_arrived_when_the_partition_goes_is_answered) {
  partition& here = open();
  const answer late = arrive(here, {});
  host_->remove(key_of(0), [](const result<void>&) {});
  EXPECT_EQ(error_of(late), replication::errc::not_leader);
}

TEST_F(partition_append, of_one_round_over_several_segments_leaves_snapshots_of_all_before) {
  auto options = std::make_shared<log::log_options>();
  options->segment_size_bytes_max = 400;
  policy_.log = options;
  partition& here = open();
  std::vector<answer> answers;
  for (int i = 0; i < 20; ++i) {
    answers.push_back(arrive(here, {.producer = i % 3, .first_sequence = i / 3}));
  }
  loop_.run();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(base_of(answers[static_cast<std::size_t>(i)]), i);
  }
  EXPECT_GT(files_ending(".log"), 3U);
  disk_.settle();
  crash();
  start();
  partition& again = open();
  EXPECT_EQ(again.log_end(), offset{20});
  for (int i = 5; i < 20; ++i) {
    EXPECT_EQ(base_of(append(again, {.producer = i % 3, .first_sequence = i / 3})), i);
  }
}

TEST_F(partition_append, log_append_time_is_set_and_answered) {
  policy_.timestamp_type = record::timestamp_type::log_append_time;
  partition& here = open();
  const answer answered = append(here, {.producer = 1});
  const auto now = clock_.wall_now().time_since_epoch().count();
  EXPECT_EQ((**answered)->log_append_time_ms, now);
  clock_.advance(std::chrono::seconds(5));
  const answer again = append(here, {.producer = 1});
  EXPECT_EQ((**again)->log_append_time_ms, now);
}

TEST_F(partition_append, with_fsync_nothing_is_answered_or_visible_before_the_sync) {
  use_sync_before_commit();
  partition& here = open();
  pool_.hold();
  const answer all = append(here, {.count = 2});
  const answer leader = append(here, {}, with(acknowledge::by_leader));
  const answer none = append(here, {}, with(acknowledge::when_appended));
  EXPECT_FALSE(*all);
  EXPECT_FALSE(*leader);
  EXPECT_EQ(base_of(none), 3);
  EXPECT_EQ(here.high_watermark(), offset{0});
  EXPECT_TRUE(read(here, 0).slice.empty());
  pool_.release();
  loop_.run();
  EXPECT_EQ(base_of(all), 0);
  EXPECT_EQ(base_of(leader), 2);
  EXPECT_EQ(here.high_watermark(), offset{4});
  EXPECT_EQ(read(here, 0).slice.end, offset{4});
}

TEST_F(partition_append, fsync_is_waited_for_however_short_the_timeout) {
  use_sync_before_commit();
  partition& here = open();
  pool_.hold();
  append_options soon;
  soon.timeout = std::chrono::milliseconds(0);
  append_options later;
  later.timeout = std::chrono::milliseconds(500);
  const answer first = append(here, {}, soon);
  soon.acks = acknowledge::by_leader;
  const answer second = append(here, {}, soon);
  const answer third = append(here, {}, later);
  loop_.run_for(std::chrono::seconds(2));
  EXPECT_FALSE(*first || *second || *third);
  pool_.release();
  loop_.run();
  EXPECT_EQ(base_of(first), 0);
  EXPECT_EQ(base_of(second), 1);
  EXPECT_EQ(base_of(third), 2);
  loop_.run_for(std::chrono::seconds(1));
}

TEST_F(partition_append, r24_failed_fsync_fails_waiters_and_stops_writing) {
  use_sync_before_commit();
  partition& here = open();
  EXPECT_FALSE(*append(here, {}));
  loop_.run();
  pool_.hold();
  const answer waiting = append(here, {});
  const answer also = append(here, {}, with(acknowledge::by_leader));
  disk_.fail(test::simulated_disk::operation::sync, 1, EIO);
  pool_.release();
  loop_.run();
  EXPECT_EQ(error_of(waiting), log::errc::poisoned);
  EXPECT_EQ(error_of(also), log::errc::poisoned);
  EXPECT_TRUE(here.write_obstacle());
  EXPECT_EQ(error_of(append(here, {})), log::errc::poisoned);
  ASSERT_FALSE(listener_.failures.empty());
  EXPECT_EQ(read(here, 0).slice.end, offset{1});  // reads of what was committed go on
}

TEST_F(partition_append, disk_full_is_told_and_goes_on_once_there_is_space) {
  partition& here = open();
  ASSERT_EQ(base_of(append(here, {})), 0);
  disk_.set_capacity(1);
  EXPECT_EQ(error_of(append(here, {.value = std::string(5000, 'x')})), log::errc::disk_full);
  EXPECT_EQ(read(here, 0).slice.end, offset{1});
  disk_.set_capacity(std::uint64_t{1} << 30);
  EXPECT_EQ(listener_.failures.size(), 1U);
  EXPECT_EQ(base_of(append(here, {})), 1);
  clock_.advance(std::chrono::minutes(1));
  disk_.set_capacity(1);
  EXPECT_EQ(error_of(append(here, {.value = std::string(5000, 'x')})), log::errc::disk_full);
  EXPECT_EQ(error_of(append(here, {.value = std::string(5000, 'x')})), log::errc::disk_full);
  EXPECT_EQ(listener_.failures.size(), 2U);  // once for each time that it fills up
}

TEST_F(partition_append, r14_new_epoch_fails_what_waits) {
  use_sync_before_commit();
  partition& here = open();
  pool_.hold();
  const answer waiting = append(here, {});
  host_->assign(key_of(0), assignment_of(1));
  EXPECT_EQ(error_of(waiting), replication::errc::not_leader);
  EXPECT_EQ(here.epoch(), leader_epoch{1});
  pool_.release();
  loop_.run();
  EXPECT_EQ(here.high_watermark(), offset{1});
}

TEST_F(partition_append, without_leadership_nothing_is_served) {
  partition& here = open();
  ASSERT_EQ(base_of(append(here, {})), 0);
  assignment elsewhere = assignment_of(1);
  elsewhere.leader = broker_id{2};
  host_->assign(key_of(0), elsewhere);
  EXPECT_EQ(error_of(append(here, {})), replication::errc::not_leader);
  EXPECT_EQ(here.read({}).error(), replication::errc::not_leader);
  host_->assign(key_of(0), assignment_of(2));
  EXPECT_EQ(base_of(append(here, {})), 1);
  EXPECT_EQ(here.end_offset_for(leader_epoch{0}, {})->value(),
            (log::leader_epoch_end{leader_epoch{0}, offset{1}}));
}

class refusing_gate final : public record_gate {
 public:
  [[nodiscard]] bool needs_records(shard_index) const noexcept override { return needs; }
  void judge(const batch_destination& destination, const record::batch_view& batch,
             bytes_view records, objections& found) override {
    topic_name = destination.topic_name;
    partition = destination.partition;
    client_id = destination.client == nullptr ? "" : destination.client->client_id;
    records_size = records.size();
    if (batch.record_count() > 1) {
      found.records.push_back({1, "no second record, please"});
      found.message = "one record is one too many";
      found.error = make_error_code(errc::records_rejected);
    }
  }
  bool needs = true;
  std::string topic_name;
  partition_index partition{-1};
  std::string client_id;
  std::size_t records_size = 0;
};

class counting_check final : public partitioner_check {
 public:
  [[nodiscard]] bool needs_records(shard_index) const noexcept override { return false; }
  void verify(const batch_destination&, const record::batch_view&, bytes_view,
              objections&) override {
    ++calls;
  }
  int calls = 0;
};

TEST_F(partition_append, gates_are_asked_and_name_the_records) {
  refusing_gate gate;
  counting_check check;
  policy_.gate = &gate;
  policy_.partitioner = &check;
  partition& here = open(3);
  const producer_client client{"who", "plain", "10.0.0.7:1"};
  append_options options;
  options.client = &client;
  EXPECT_EQ(base_of(append(here, {}, options)), 0);
  EXPECT_EQ(gate.client_id, "who");
  EXPECT_EQ(gate.topic_name, "topic");
  const answer refused = append(here, {.count = 2});
  EXPECT_EQ(error_of(refused), errc::records_rejected);
  EXPECT_EQ((*refused)->error().rejected_records,
            (std::vector<record_rejection>{{1, "no second record, please"}}));
  EXPECT_EQ((*refused)->error().message, "one record is one too many");
  EXPECT_EQ(gate.partition, partition_index{3});
  EXPECT_EQ(check.calls, 2);
  EXPECT_EQ(here.log_end(), offset{1});
}

TEST_F(partition_append, refused_batch_leaves_the_sequence_of_its_producer_as_it_was) {
  refusing_gate gate;
  policy_.gate = &gate;
  partition& here = open();
  ASSERT_EQ(base_of(append(here, {.producer = 9})), 0);
  EXPECT_EQ(error_of(append(here, {.producer = 9, .first_sequence = 1, .count = 2})),
            errc::records_rejected);
  // The client fails these records and goes on with the sequence that they would have had.
  EXPECT_EQ(base_of(append(here, {.producer = 9, .first_sequence = 1})), 1);
  EXPECT_EQ(error_of(append(here, {.producer = 9, .first_sequence = 3})),
            errc::out_of_order_sequence);
}

TEST_F(partition_append, duplicate_of_a_stored_batch_is_answered_without_asking_the_gates) {
  counting_check check;
  policy_.partitioner = &check;
  partition& here = open();
  ASSERT_EQ(base_of(append(here, {.producer = 9})), 0);
  EXPECT_EQ(base_of(append(here, {.producer = 9})), 0);
  EXPECT_EQ(check.calls, 1);
}

/// "Compresses" by turning every bit around, behind the signature of lz4.
class turning_codec final : public record::codec {
 public:
  [[nodiscard]] result<void> decompress(bytes_view compressed, std::size_t size_max,
                                        byte_buffer& output) const override {
    ++calls;
    const bytes_view turned = compressed.subspan(signature.size());
    if (turned.size() > size_max) {
      return record::errc::decompressed_too_large;
    }
    output.clear();
    std::ranges::transform(turned, std::back_inserter(output), [](std::byte one) { return ~one; });
    return {};
  }
  [[nodiscard]] result<void> compress(bytes_view plain, std::optional<std::int32_t> /*level*/,
                                      byte_buffer& output) const override {
    output.insert(output.end(), signature.begin(), signature.end());
    std::ranges::transform(plain, std::back_inserter(output), [](std::byte one) { return ~one; });
    return {};
  }
  static constexpr std::array<std::byte, 4> signature{std::byte{0x04}, std::byte{0x22},
                                                      std::byte{0x4d}, std::byte{0x18}};
  mutable int calls = 0;
};

byte_buffer turned_batch(const turning_codec& codec) {
  record::batch_options options;
  options.compression = record::compression_type::lz4;
  options.compressor = &codec;
  record::batch_builder builder(options);
  record::new_record added;
  added.timestamp_ms = 1'700'000'000'000;
  added.value = as_bytes("value");
  builder.append(added);
  return builder.finish().value();
}

TEST_F(partition_append, compressed_records_are_opened_once_and_only_for_whoever_looks) {
  turning_codec codec;
  codecs_.set(record::compression_type::lz4, &codec);
  refusing_gate gate;
  policy_.gate = &gate;
  policy_.depth = record::validation_depth::full;
  partition& here = open();
  const auto send = [&] {
    byte_buffer batch = turned_batch(codec);
    error_code error;
    here.append_now(batch, {}, [&](const append_outcome& outcome) {
      error = outcome ? error_code() : outcome.error().error;
    });
    return error;
  };
  const std::size_t plain_size =
      record::batch_view(turned_batch(codec)).records_bytes().size() - codec.signature.size();
  EXPECT_EQ(send(), error_code());
  EXPECT_EQ(gate.records_size, plain_size);
  EXPECT_EQ(codec.calls, 1);
}

// A few bytes may open to megabytes.
TEST_F(partition_append, opening_many_batches_lets_others_have_their_turn_and_keeps_the_order) {
  turning_codec codec;
  codecs_.set(record::compression_type::lz4, &codec);
  constexpr int count = 20;
  std::vector<std::shared_ptr<byte_buffer>> batches;
  std::vector<std::int64_t> offsets;
  std::vector<std::int64_t> offsets_of_another;
  const auto send = [&](partition& to, std::vector<std::int64_t>& into) {
    const auto batch = batches.emplace_back(std::make_shared<byte_buffer>(turned_batch(codec)));
    to.append(*batch, {}, [&into](const append_outcome& outcome) {
      into.push_back(outcome ? outcome->base_offset.value() : -1);
    });
  };
  partition& here = open(0);
  partition& another = open(1);
  clock_.tick = std::chrono::milliseconds(1);
  for (int i = 0; i < count; ++i) {
    send(here, offsets);
    send(another, offsets_of_another);
  }
  ASSERT_TRUE(loop_.run_one());
  EXPECT_LT(offsets.size() + offsets_of_another.size(), 5U) << "of one round";
  send(here, offsets);  // comes in between, and stays behind those that wait
  loop_.run();
  ASSERT_EQ(offsets.size(), static_cast<std::size_t>(count) + 1);
  ASSERT_EQ(offsets_of_another.size(), static_cast<std::size_t>(count));
  EXPECT_TRUE(std::ranges::is_sorted(offsets));
  EXPECT_EQ(offsets.back(), count);
  EXPECT_TRUE(std::ranges::is_sorted(offsets_of_another));
}

TEST_F(partition_append, what_waits_for_its_turn_is_answered_when_the_partition_goes) {
  turning_codec codec;
  codecs_.set(record::compression_type::lz4, &codec);
  std::vector<byte_buffer> batches(10, turned_batch(codec));
  partition& here = open();
  clock_.tick = std::chrono::milliseconds(1);
  int answered = 0;
  for (byte_buffer& batch : batches) {
    here.append(batch, {}, [&answered](const append_outcome&) { ++answered; });
  }
  ASSERT_TRUE(loop_.run_one());
  ASSERT_LT(answered, 10);
  host_->remove(key_of(0), [](const result<void>&) {});
  EXPECT_EQ(answered, 10);
  loop_.run();
}

class recompression : public partition_append {
 protected:
  /// The batch that is stored of one that is sent.
  byte_buffer stored(partition& here, byte_buffer sent) {
    here.append_now(sent, {}, [this](const append_outcome& outcome) {
      error_ = outcome ? error_code() : outcome.error().error;
    });
    const read_outcome got = read(here, here.log_end().value() - 1);
    byte_buffer bytes(got.slice.size_bytes);
    EXPECT_EQ(got.slice.file->read_at(got.slice.position, bytes).value(), bytes.size());
    return bytes;
  }
  turning_codec codec_;
  error_code error_;
};

TEST_F(recompression, stores_what_the_topic_wants_and_keeps_offsets_producer_and_time) {
  codecs_.set(record::compression_type::lz4, &codec_);
  policy_.compression = record::wanted_compression{record::compression_type::lz4, std::nullopt};
  partition& here = open();
  const byte_buffer sent = make_batch({.producer = 4, .first_sequence = 0, .count = 3});
  const byte_buffer kept = stored(here, sent);
  ASSERT_EQ(error_, error_code());
  const record::batch_view before(sent);
  const record::batch_view after(kept);
  ASSERT_TRUE(record::validate_stored(kept));
  EXPECT_EQ(after.compression(), record::compression_type::lz4);
  EXPECT_EQ(after.producer_id(), before.producer_id());
  EXPECT_EQ(after.last_sequence(), before.last_sequence());
  EXPECT_EQ(after.max_timestamp_ms(), before.max_timestamp_ms());
  byte_buffer plain;
  ASSERT_TRUE(codec_.decompress(after.records_bytes(), 1 << 20, plain));
  EXPECT_TRUE(std::ranges::equal(plain, before.records_bytes()));
  EXPECT_EQ(error_of(append(here, {.producer = 4, .first_sequence = 9})),
            errc::out_of_order_sequence);
  const answer again = append(here, {.producer = 4, .first_sequence = 0, .count = 3});
  EXPECT_TRUE((**again)->duplicate);
}

TEST_F(recompression, leaves_alone_what_is_compressed_so_already) {
  codecs_.set(record::compression_type::lz4, &codec_);
  policy_.depth = record::validation_depth::header;
  policy_.compression = record::wanted_compression{record::compression_type::lz4, std::nullopt};
  partition& here = open();
  (void)stored(here, turned_batch(codec_));
  EXPECT_EQ(error_, error_code());
  EXPECT_EQ(codec_.calls, 0);
}

TEST_F(recompression, takes_compression_away) {
  codecs_.set(record::compression_type::lz4, &codec_);
  policy_.compression = record::wanted_compression{};
  partition& here = open();
  const byte_buffer kept = stored(here, turned_batch(codec_));
  ASSERT_EQ(error_, error_code());
  EXPECT_EQ(record::batch_view(kept).compression(), record::compression_type::none);
  EXPECT_TRUE(record::validate_stored(kept));
}

TEST_F(recompression, is_refused_without_the_codec_or_when_too_large_afterwards) {
  policy_.compression = record::wanted_compression{record::compression_type::lz4, std::nullopt};
  policy_.batch_size_bytes_max = make_batch({}).size();
  partition& here = open();
  EXPECT_EQ(error_of(append(here, {})), record::errc::codec_missing);
  EXPECT_EQ(listener_.missing_codecs, std::vector<std::string>{"topic-0: 3"});
  codecs_.set(record::compression_type::lz4, &codec_);  // it adds four bytes
  EXPECT_EQ(error_of(append(here, {})), record::errc::batch_too_large);
  EXPECT_EQ(here.log_end(), offset{0});
}

TEST_F(partition_append, missing_codec_refuses_only_what_has_to_be_looked_into) {
  refusing_gate gate;
  policy_.gate = &gate;
  partition& here = open();
  const auto send = [&] {
    byte_buffer batch = make_batch({});
    std::ranges::copy(turning_codec::signature, batch.begin() + record::batch_header_size);
    batch[record::attributes_position + 1] |= std::byte{3};
    record::assign_crc(batch);
    error_code error;
    here.append_now(batch, {}, [&](const append_outcome& outcome) {
      error = outcome ? error_code() : outcome.error().error;
    });
    return error;
  };
  EXPECT_EQ(send(), record::errc::codec_missing);
  EXPECT_EQ(listener_.missing_codecs, std::vector<std::string>{"topic-0: 3"});
  EXPECT_EQ(here.log_end(), offset{0});
  gate.needs = false;
  EXPECT_EQ(send(), error_code());
}

TEST_F(partition_append, t12_open_transaction_bounds_committed_readers) {
  partition& here = open();
  ASSERT_EQ(base_of(append(here, {})), 0);
  append_options transactional;
  transactional.transactional_allowed = true;
  ASSERT_EQ(base_of(append(here, {.producer = 9, .transactional = true}, transactional)), 1);
  ASSERT_EQ(base_of(append(here, {})), 2);
  EXPECT_EQ(here.high_watermark(), offset{3});
  EXPECT_EQ(here.last_stable_offset(), offset{1});
  EXPECT_EQ(read(here, 0, isolation::read_committed).slice.end, offset{1});
  EXPECT_TRUE(read(here, 1, isolation::read_committed).slice.empty());
  EXPECT_EQ(read(here, 0).slice.end, offset{3});
  EXPECT_EQ(here.latest(isolation::read_committed).value(), offset{1});
  EXPECT_EQ(error_of(append(here, {.producer = 9, .first_sequence = 1})),
            errc::invalid_transaction_state);
}

}  // namespace
}  // namespace tidemill::partition
