// Makes a topic, writes to each partition by number, reads each back without a group, compares.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const partitions, records = 3, 200

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	bootstrap, topic := os.Args[1], os.Args[2]
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	producer, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	check(err)
	created, err := kadm.NewClient(producer).CreateTopics(ctx, partitions, 1, nil, topic)
	check(err)
	check(created.Error())
	for p := int32(0); p < partitions; p++ {
		var batch []*kgo.Record
		for i := 0; i < records; i++ {
			batch = append(batch, &kgo.Record{Topic: topic, Partition: p, Key: []byte(fmt.Sprintf("key-%d-%04d", p, i)),
				Value: []byte(fmt.Sprintf("value-%d-%04d", p, i))})
		}
		check(producer.ProduceSync(ctx, batch...).FirstErr())
	}
	producer.Close()
	for p := int32(0); p < partitions; p++ {
		at := map[string]map[int32]kgo.Offset{topic: {p: kgo.NewOffset().AtStart()}}
		consumer, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumePartitions(at))
		check(err)
		for i := 0; i < records; {
			fetches := consumer.PollFetches(ctx)
			check(fetches.Err())
			fetches.EachRecord(func(r *kgo.Record) {
				if string(r.Key) != fmt.Sprintf("key-%d-%04d", p, i) || string(r.Value) != fmt.Sprintf("value-%d-%04d", p, i) || r.Offset != int64(i) {
					check(fmt.Errorf("partition %d offset %d is %s", p, i, r.Key))
				}
				i++
			})
		}
		consumer.Close()
	}
	fmt.Printf("%d records ok, franz-go\n", partitions*records)
}
