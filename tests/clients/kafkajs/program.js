// Makes a topic, writes to each partition by number, asks for the end offsets.
const { Kafka, CompressionTypes, logLevel } = require('kafkajs')

const [bootstrap, topic] = process.argv.slice(2)
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR })

async function main() {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 1 }] })
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (let partition = 0; partition < 3; ++partition) {
    const messages = Array.from({ length: 200 }, (_, i) => {
      const number = `${partition}-${String(i).padStart(4, '0')}`
      return { partition, key: `key-${number}`, value: `value-${number}` }
    })
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages })
  }
  await producer.disconnect()
  const offsets = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  if (offsets.length !== 3 || offsets.some(({ low, high }) => low !== '0' || high !== '200')) {
    throw new Error(`offsets: ${JSON.stringify(offsets)}`)
  }
}

main().catch((error) => { console.error(error); process.exit(1) })
