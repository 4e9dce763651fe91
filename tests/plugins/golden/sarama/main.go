// Which partition sarama's default (hash) partitioner gives each key; null keys are spread at random.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/IBM/sarama"
)

func main() {
	partitioner := sarama.NewHashPartitioner("golden")
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<16), 1<<16)
	for lines.Scan() {
		line := lines.Text()
		if line == "-" {
			continue
		}
		key := []byte{}
		if line != "." {
			var err error
			if key, err = hex.DecodeString(line); err != nil {
				panic(err)
			}
		}
		fmt.Print(line)
		for _, count := range []int32{1, 2, 3, 12, 100, 1009} {
			partition, err := partitioner.Partition(&sarama.ProducerMessage{Key: sarama.ByteEncoder(key)}, count)
			if err != nil {
				panic(err)
			}
			fmt.Printf("\t%d:%d", count, partition)
		}
		fmt.Println()
	}
}
