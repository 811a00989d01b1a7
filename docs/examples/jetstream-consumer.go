// Reads the events of jetstream:discord.events, with github.com/nats-io/nats.go.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

type event struct {
	ShardID int `json:"shardId"`
	Message struct {
		Type string          `json:"t"`
		Data json.RawMessage `json:"d"`
	} `json:"message"`
}

func run(ctx context.Context) error {
	subject := cmp.Or(os.Getenv("SUBJECT"), "discord.events.>")
	connection, err := nats.Connect(cmp.Or(os.Getenv("NATS_URL"), nats.DefaultURL))
	if err != nil {
		return err
	}
	servers, err := jetstream.New(connection)
	if err != nil {
		return err
	}
	stream, err := servers.StreamNameBySubject(ctx, subject)
	if err != nil {
		return err
	}
	consumer, err := servers.CreateOrUpdateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable:       cmp.Or(os.Getenv("CONSUMER"), "bot"),
		FilterSubject: subject,
		AckPolicy:     jetstream.AckExplicitPolicy,
		MaxAckPending: 1, // one at a time: in order
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	for {
		message, err := messages.Next()
		if err != nil {
			return err
		}
		var got event
		if err := json.Unmarshal(message.Data(), &got); err != nil {
			return err
		}
		// The work goes here.
		fmt.Println(got.ShardID, got.Message.Type, message.Headers().Get("Gatehouse-Event-Id"))
		if err := message.Ack(); err != nil {
			return err
		}
	}
}

func main() {
	log.Fatal(run(context.Background()))
}
