// Makes a topic, writes to each partition by number, reads each back without a group, compares.
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'

const [bootstrap, topic] = process.argv.slice(2)
const common = { clientId: 'tests', bootstrapBrokers: [bootstrap] }
const partitions = 3
const records = 200
setTimeout(() => { console.error('no end within 60 s'); process.exit(1) }, 60000)

const admin = new Admin(common)
await admin.createTopics({ topics: [topic], partitions, replicas: 1 })
await admin.close()

const wanted = (partition) => Array.from({ length: records }, (_, i) => {
  const number = `${partition}-${String(i).padStart(4, '0')}`
  return [`key-${number}`, `value-${number}`]
})
const producer = new Producer({ ...common, serializers: stringSerializers, compression: 'zstd', idempotent: true })
for (let partition = 0; partition < partitions; ++partition) {
  await producer.send({ messages: wanted(partition).map(([key, value]) => ({ topic, partition, key, value })) })
}
await producer.close()

const consumer = new Consumer({ ...common, groupId: 'unused', deserializers: stringDeserializers })
const metadata = await consumer.metadata({ topics: [topic] })
const topicId = metadata.topics.get(topic).id
for (let partition = 0; partition < partitions; ++partition) {
  const got = []
  while (got.length < records) {
    const answer = await consumer.fetch({
      node: metadata.topics.get(topic).partitions[partition].leader,
      topics: [{ topicId, partitions: [{ partition, fetchOffset: BigInt(got.length), partitionMaxBytes: 1048576, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }] }],
      minBytes: 1, maxBytes: 1048576, maxWaitTime: 500
    })
    for (const batch of answer.responses[0].partitions[0].records ?? []) {
      for (const record of batch.records) {
        const offset = Number(batch.firstOffset) + record.offsetDelta
        if (offset >= got.length) got.push([record.key.toString(), record.value.toString()])
      }
    }
  }
  if (JSON.stringify(got) !== JSON.stringify(wanted(partition))) {
    console.error(`partition ${partition} differs`)
    process.exit(1)
  }
}
await consumer.close(true)
console.log(`${partitions * records} records ok, @platformatic/kafka 2.12.1`)
process.exit(0)
