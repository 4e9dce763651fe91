// The verbs of the matrix (tests/clients/README.md) with kafka-go.
package main

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/segmentio/kafka-go"
)

var ctx = context.Background()

// The writer chooses partitions with it: each message says its own.
var chosen = kafka.BalancerFunc(func(m kafka.Message, _ ...int) int { return m.WriterData.(int) })

func produce() {
	if options.Idempotent {
		cannot("kafka-go has no idempotent producer")
	}
	codec := map[string]kafka.Compression{"gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd}[options.Codec]
	writer := &kafka.Writer{Addr: kafka.TCP(bootstrap), Topic: options.Topic, Balancer: chosen, Compression: codec,
		RequiredAcks: kafka.RequireAll, BatchTimeout: 2 * time.Millisecond}
	writer.Completion = func(messages []kafka.Message, err error) {
		check(err)
		for _, m := range messages {
			say(map[string]any{"partition": m.Partition, "offset": m.Offset})
		}
	}
	var batch []kafka.Message
	rows(func(one row) {
		m := kafka.Message{Key: []byte(one.Key), Value: []byte(one.Value), WriterData: int(one.Partition)}
		if one.Timestamp != 0 {
			m.Time = time.UnixMilli(one.Timestamp)
		}
		batch = append(batch, m)
	})
	check(writer.WriteMessages(ctx, batch...))
	check(writer.Close())
}

func read() {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{bootstrap}, Topic: options.Topic, Partition: int(options.Partition),
		MaxWait: 500 * time.Millisecond})
	check(reader.SetOffset(options.Offset))
	limited, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for i := 0; i < options.Count; i++ {
		m, err := reader.ReadMessage(limited)
		check(err)
		record(int32(m.Partition), m.Offset, m.Key, m.Value)
	}
	check(reader.Close())
}

// The reader does not say what it holds, so the group itself is spoken to.
func group() {
	classicOnly("kafka-go")
	of, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{ID: options.Group, Brokers: []string{bootstrap}, Topics: []string{options.Topic},
		StartOffset: kafka.FirstOffset, SessionTimeout: 6 * time.Second, HeartbeatInterval: time.Second, RebalanceTimeout: 6 * time.Second})
	check(err)
	told := orders()
	for {
		generation, err := of.Next(ctx)
		if err != nil { // as the reader does, which tries again whatever it is
			time.Sleep(100 * time.Millisecond)
			continue
		}
		var held []int32
		for _, each := range generation.Assignments[options.Topic] {
			held = append(held, int32(each.ID))
		}
		assigned(held)
		read := make(chan kafka.Message, 100)
		over := make(chan struct{})
		generation.Start(func(running context.Context) {
			<-running.Done()
			close(over)
		})
		for _, each := range generation.Assignments[options.Topic] {
			generation.Start(func(running context.Context) {
				reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{bootstrap}, Topic: options.Topic, Partition: each.ID,
					MaxWait: 500 * time.Millisecond})
				defer reader.Close()
				check(reader.SetOffset(each.Offset))
				for {
					m, err := reader.ReadMessage(running)
					if errors.Is(err, context.Canceled) || errors.Is(err, kafka.ErrGenerationEnded) || running.Err() != nil {
						return
					}
					check(err)
					select {
					case read <- m:
					case <-running.Done():
						return
					}
				}
			})
		}
		reached := map[int]int64{}
		for isOver := false; !isOver; {
			select {
			case m := <-read:
				reached[m.Partition] = m.Offset + 1
				record(int32(m.Partition), m.Offset, m.Key, m.Value)
			case order := <-told:
				if order == "end" {
					check(of.Close())
					return
				}
				if len(reached) > 0 {
					check(generation.CommitOffsets(map[string]map[int]int64{options.Topic: reached}))
				}
				say(map[string]any{"committed": true})
			case <-over:
				isOver = true
			}
		}
		assigned(nil)
	}
}

func manage() {
	client := &kafka.Client{Addr: kafka.TCP(bootstrap), Timeout: 30 * time.Second}
	resource := kafka.ResourceTypeTopic
	switch verb {
	case "offset":
		found, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{
			options.Topic: {kafka.TimeOffsetOf(int(options.Partition), time.UnixMilli(options.Time))}}})
		check(err)
		one := found.Topics[options.Topic][0]
		check(one.Error)
		for at := range one.Offsets {
			say(map[string]any{"offset": at})
		}
	case "create":
		var config []kafka.ConfigEntry
		for name, value := range options.Config {
			config = append(config, kafka.ConfigEntry{ConfigName: name, ConfigValue: value})
		}
		made, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: options.Topic,
			NumPartitions: int(options.Partitions), ReplicationFactor: 1, ConfigEntries: config}}})
		check(err)
		check(made.Errors[options.Topic])
	case "describe":
		shown, err := client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{
			{ResourceType: resource, ResourceName: options.Topic, ConfigNames: []string{options.Name}}}})
		check(err)
		say(map[string]any{"value": shown.Resources[0].ConfigEntries[0].ConfigValue})
	case "alter":
		changed, err := client.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
			Resources: []kafka.IncrementalAlterConfigsRequestResource{{ResourceType: resource, ResourceName: options.Topic,
				Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: options.Name, Value: options.Value,
					ConfigOperation: kafka.ConfigOperationSet}}}}})
		check(err)
		check(changed.Resources[0].Error)
	case "grow":
		grown, err := client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{
			{Name: options.Topic, Count: options.Partitions}}})
		check(err)
		check(grown.Errors[options.Topic])
	case "delete":
		gone, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{options.Topic}})
		check(err)
		check(gone.Errors[options.Topic])
	case "topics":
		all, err := client.Metadata(ctx, &kafka.MetadataRequest{})
		check(err)
		for _, each := range all.Topics {
			say(map[string]any{"topic": each.Name})
		}
	}
}

func main() {
	readArguments()
	_, _, err := net.SplitHostPort(bootstrap)
	check(err)
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
