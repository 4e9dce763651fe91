// What every Go client of the matrix shares (tests/clients/README.md): its arguments, its lines in and out. Copied beside the
// program that is built.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
)

// What a verb is asked for; which fields count depends on the verb.
type wish struct {
	Topic      string            `json:"topic"`
	Group      string            `json:"group"`
	Protocol   string            `json:"protocol"`
	Codec      string            `json:"codec"`
	Idempotent bool              `json:"idempotent"`
	Partition  int32             `json:"partition"`
	Partitions int32             `json:"partitions"`
	Offset     int64             `json:"offset"`
	Count      int               `json:"count"`
	Time       int64             `json:"time"`
	Config     map[string]string `json:"config"`
	Name       string            `json:"name"`
	Value      string            `json:"value"`
}

type row struct {
	Partition int32  `json:"partition"`
	Key       string `json:"key"`
	Value     string `json:"value"`
	Timestamp int64  `json:"timestamp"`
}

var (
	bootstrap, verb string
	options         wish
	output          sync.Mutex
)

func readArguments() {
	bootstrap, verb = os.Args[1], os.Args[2]
	check(json.Unmarshal([]byte(os.Args[3]), &options))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func say(what map[string]any) {
	line, err := json.Marshal(what)
	check(err)
	output.Lock()
	defer output.Unlock()
	fmt.Println(string(line))
}

func cannot(why string) {
	say(map[string]any{"cannot": why})
	os.Exit(77)
}

func classicOnly(client string) {
	if options.Protocol != "" && options.Protocol != "classic" {
		cannot(client + " knows the classic group protocol only")
	}
}

func record(partition int32, offset int64, key, value []byte) {
	say(map[string]any{"partition": partition, "offset": offset, "key": string(key), "value": string(value)})
}

func assigned(partitions []int32) {
	if partitions == nil {
		partitions = []int32{}
	}
	say(map[string]any{"assigned": partitions})
}

// The records to write, as they come.
func rows(take func(row)) {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		var one row
		check(json.Unmarshal(input.Bytes(), &one))
		take(one)
	}
}

// What a member of a group is told while it reads: "commit", and "end" at the end of the input.
func orders() <-chan string {
	told := make(chan string, 100)
	go func() {
		input := bufio.NewScanner(os.Stdin)
		for input.Scan() {
			told <- strings.TrimSpace(input.Text())
		}
		told <- "end"
	}()
	return told
}
