// The verbs of the matrix (tests/clients/README.md) with franz-go.
package main

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var ctx = context.Background()

func open(more ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(bootstrap)}, more...)...)
	check(err)
	return client
}

func produce() {
	codec := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}[options.Codec]
	how := []kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(2 * time.Millisecond)}
	if !options.Idempotent {
		how = append(how, kgo.DisableIdempotentWrite())
	}
	producer := open(how...)
	rows(func(one row) {
		r := &kgo.Record{Topic: options.Topic, Partition: one.Partition, Key: []byte(one.Key), Value: []byte(one.Value)}
		if one.Timestamp != 0 {
			r.Timestamp = time.UnixMilli(one.Timestamp)
		}
		producer.Produce(ctx, r, func(r *kgo.Record, err error) {
			check(err)
			say(map[string]any{"partition": r.Partition, "offset": r.Offset})
		})
	})
	check(producer.Flush(ctx))
	producer.Close()
}

func read() {
	at := map[string]map[int32]kgo.Offset{options.Topic: {options.Partition: kgo.NewOffset().At(options.Offset)}}
	consumer := open(kgo.ConsumePartitions(at))
	limited, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for left := options.Count; left > 0; {
		fetches := consumer.PollRecords(limited, left)
		check(fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			record(r.Partition, r.Offset, r.Key, r.Value)
			left--
		})
	}
	consumer.Close()
}

func group() {
	var held sync.Map
	tell := func() {
		var all []int32
		held.Range(func(partition, _ any) bool { all = append(all, partition.(int32)); return true })
		assigned(all)
	}
	gone := func(_ context.Context, _ *kgo.Client, of map[string][]int32) {
		for _, partition := range of[options.Topic] {
			held.Delete(partition)
		}
		tell()
	}
	inside := ctx
	if options.Protocol == "consumer" { // it takes this wish from the context
		inside = context.WithValue(ctx, "opt_in_kafka_next_gen_balancer_beta", true) //nolint:staticcheck
	}
	consumer := open(kgo.WithContext(inside), kgo.ConsumerGroup(options.Group), kgo.ConsumeTopics(options.Topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(6*time.Second), kgo.HeartbeatInterval(time.Second),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, of map[string][]int32) {
			for _, partition := range of[options.Topic] {
				held.Store(partition, true)
			}
			tell()
		}), kgo.OnPartitionsRevoked(gone), kgo.OnPartitionsLost(gone))
	told := orders()
	for {
		select {
		case order := <-told:
			if order == "end" {
				consumer.Close()
				return
			}
			check(consumer.CommitUncommittedOffsets(ctx))
			say(map[string]any{"committed": true})
		default:
		}
		limited, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		consumer.PollFetches(limited).EachRecord(func(r *kgo.Record) { record(r.Partition, r.Offset, r.Key, r.Value) })
		cancel()
	}
}

func offset(admin *kadm.Client) {
	found, err := admin.ListOffsetsAfterMilli(ctx, options.Time, options.Topic)
	check(err)
	one, _ := found.Lookup(options.Topic, options.Partition)
	check(one.Err)
	say(map[string]any{"offset": one.Offset})
}

func manage() {
	client := open()
	defer client.Close()
	admin := kadm.NewClient(client)
	switch verb {
	case "offset":
		offset(admin)
	case "create":
		config := map[string]*string{}
		for name, value := range options.Config {
			config[name] = &value
		}
		made, err := admin.CreateTopics(ctx, options.Partitions, 1, config, options.Topic)
		check(err)
		check(made.Error())
	case "describe":
		shown, err := admin.DescribeTopicConfigs(ctx, options.Topic)
		check(err)
		for _, each := range shown[0].Configs {
			if each.Key == options.Name {
				say(map[string]any{"value": each.MaybeValue()})
			}
		}
	case "alter":
		changed, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: options.Name, Value: &options.Value}}, options.Topic)
		check(err)
		check(changed[0].Err)
	case "grow":
		grown, err := admin.UpdatePartitions(ctx, int(options.Partitions), options.Topic)
		check(err)
		check(grown.Error())
	case "delete":
		gone, err := admin.DeleteTopics(ctx, options.Topic)
		check(err)
		check(gone.Error())
	case "topics":
		all, err := admin.ListTopics(ctx)
		check(err)
		for _, name := range all.Names() {
			say(map[string]any{"topic": name})
		}
	}
}

func main() {
	readArguments()
	switch verb {
	case "produce":
		produce()
	case "read":
		read()
	case "group":
		group()
	default:
		manage()
	}
}
