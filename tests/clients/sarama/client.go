// The verbs of the matrix (tests/clients/README.md) with sarama.
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

var where []string

func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V4_1_0_0
	return config
}

func produce() {
	config := settings()
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Flush.Frequency = 2 * time.Millisecond
	config.Producer.Retry.Max = 100
	config.Producer.Idempotent = options.Idempotent
	if options.Idempotent {
		config.Net.MaxOpenRequests = 1
	}
	config.Producer.Compression = map[string]sarama.CompressionCodec{"": sarama.CompressionNone, "none": sarama.CompressionNone,
		"gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy, "lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD}[options.Codec]
	producer, err := sarama.NewAsyncProducer(where, config)
	check(err)
	var waiting sync.WaitGroup // a producer that is closed takes nothing up again that it has to send once more
	go func() {
		rows(func(one row) {
			waiting.Add(1)
			message := &sarama.ProducerMessage{Topic: options.Topic, Partition: one.Partition, Key: sarama.StringEncoder(one.Key),
				Value: sarama.StringEncoder(one.Value)}
			if one.Timestamp != 0 {
				message.Timestamp = time.UnixMilli(one.Timestamp)
			}
			producer.Input() <- message
		})
		waiting.Wait()
		producer.AsyncClose()
	}()
	successes, failures := producer.Successes(), producer.Errors()
	for successes != nil || failures != nil {
		select {
		case message, isOpen := <-successes:
			if !isOpen {
				successes = nil
			} else {
				say(map[string]any{"partition": message.Partition, "offset": message.Offset})
				waiting.Done()
			}
		case failed, isOpen := <-failures:
			if !isOpen {
				failures = nil
			} else {
				check(failed.Err)
			}
		}
	}
}

func read() {
	consumer, err := sarama.NewConsumer(where, settings())
	check(err)
	reader, err := consumer.ConsumePartition(options.Topic, options.Partition, options.Offset)
	check(err)
	for i := 0; i < options.Count; i++ {
		select {
		case m := <-reader.Messages():
			record(m.Partition, m.Offset, m.Key, m.Value)
		case <-time.After(30 * time.Second):
			check(fmt.Errorf("nothing came after %d", i))
		}
	}
	check(reader.Close())
	check(consumer.Close())
}

// One generation of a member.
type member struct{ told <-chan string }

func (m member) Setup(session sarama.ConsumerGroupSession) error {
	assigned(session.Claims()[options.Topic])
	return nil
}
func (m member) Cleanup(sarama.ConsumerGroupSession) error {
	assigned(nil)
	return nil
}
func (m member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, isOpen := <-claim.Messages():
			if !isOpen {
				return nil
			}
			session.MarkMessage(message, "")
			record(message.Partition, message.Offset, message.Key, message.Value)
		case <-session.Context().Done():
			return nil
		}
	}
}

func group() {
	classicOnly("sarama")
	config := settings()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Session.Timeout = 6 * time.Second
	config.Consumer.Group.Heartbeat.Interval = time.Second
	config.Consumer.Group.Rebalance.Timeout = 6 * time.Second
	consumer, err := sarama.NewConsumerGroup(where, options.Group, config)
	check(err)
	running, stop := context.WithCancel(context.Background())
	sessions := make(chan sarama.ConsumerGroupSession, 100)
	go func() {
		var session sarama.ConsumerGroupSession
		for order := range orders() {
			for len(sessions) > 0 {
				session = <-sessions
			}
			if order == "end" {
				stop()
				return
			}
			session.Commit()
			say(map[string]any{"committed": true})
		}
	}()
	for running.Err() == nil {
		err := consumer.Consume(running, []string{options.Topic}, noting{member{}, sessions})
		if err != nil && !errors.Is(err, sarama.ErrClosedConsumerGroup) {
			check(err)
		}
	}
	check(consumer.Close())
}

// Hands on which session runs, for commits.
type noting struct {
	member
	sessions chan<- sarama.ConsumerGroupSession
}

func (n noting) Setup(session sarama.ConsumerGroupSession) error {
	n.sessions <- session
	return n.member.Setup(session)
}

func manage() {
	client, err := sarama.NewClient(where, settings())
	check(err)
	admin, err := sarama.NewClusterAdminFromClient(client)
	check(err)
	defer admin.Close()
	resource := sarama.ConfigResource{Type: sarama.TopicResource, Name: options.Topic}
	switch verb {
	case "offset":
		found, err := client.GetOffset(options.Topic, options.Partition, options.Time)
		check(err)
		say(map[string]any{"offset": found})
	case "create":
		config := map[string]*string{}
		for name, value := range options.Config {
			config[name] = &value
		}
		check(admin.CreateTopic(options.Topic, &sarama.TopicDetail{NumPartitions: options.Partitions, ReplicationFactor: 1, ConfigEntries: config}, false))
	case "describe":
		resource.ConfigNames = []string{options.Name}
		shown, err := admin.DescribeConfig(resource)
		check(err)
		say(map[string]any{"value": shown[0].Value})
	case "alter":
		check(admin.IncrementalAlterConfig(sarama.TopicResource, options.Topic, map[string]sarama.IncrementalAlterConfigsEntry{
			options.Name: {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &options.Value}}, false))
	case "grow":
		check(admin.CreatePartitions(options.Topic, options.Partitions, nil, false))
	case "delete":
		check(admin.DeleteTopic(options.Topic))
	case "topics":
		all, err := admin.ListTopics()
		check(err)
		for name := range all {
			say(map[string]any{"topic": name})
		}
	}
}

func main() {
	readArguments()
	where = []string{bootstrap}
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
