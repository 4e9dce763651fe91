// The verbs of the matrix (tests/clients/README.md) with kafkajs.
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { bootstrap, cannot, options, orders, produceWith, record, run, say, topic, verb } from './verbs.mjs'

const { CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR, retry: { retries: 50, maxRetryTime: 1000 } })

async function produce () {
  const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP }
  const codec = options.codec ?? 'none'
  if (!(codec in codecs)) cannot(`kafkajs brings no ${codec}`)
  const producer = kafka.producer(options.idempotent ? { idempotent: true, maxInFlightRequests: 1 } : {})
  await producer.connect()
  await produceWith((messages) => producer.send({ topic, compression: codecs[codec], acks: -1, messages }))
  await producer.disconnect()
}

// kafkajs reads only through groups: one of its own, which begins where it is told.
async function read () {
  const consumer = kafka.consumer({ groupId: `read-${topic}-${process.pid}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let left = options.count
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        if (partition !== options.partition || Number(message.offset) < options.offset || left === 0) return
        record(partition, message.offset, message.key, message.value)
        if (--left === 0) resolve()
      }
    })
    consumer.seek({ topic, partition: options.partition, offset: String(options.offset) })
  })
  await consumer.disconnect()
}

async function group () {
  if (options.protocol !== 'classic') cannot('kafkajs knows the classic group protocol only')
  const consumer = kafka.consumer({
    groupId: options.group, sessionTimeout: 6000, heartbeatInterval: 1000, rebalanceTimeout: 6000
  })
  const reached = new Map()
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    reached.clear()
    say({ assigned: payload.memberAssignment[topic] ?? [] })
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise((resolve, reject) => {
    const carryOut = async (order) => {
      if (order === 'commit') {
        if (reached.size > 0) {
          await consumer.commitOffsets([...reached].map(([partition, offset]) => ({ topic, partition, offset })))
        }
        say({ committed: true })
      } else {
        await consumer.disconnect()
        resolve()
      }
    }
    let before = Promise.resolve()
    orders((order) => { before = before.then(() => carryOut(order)).catch(reject) })
    consumer.on(consumer.events.CRASH, ({ payload }) => { if (!payload.restart) reject(payload.error) })
    consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        reached.set(partition, String(Number(message.offset) + 1))
        record(partition, message.offset, message.key, message.value)
      }
    }).catch(reject)
  })
}

async function admin () {
  const client = kafka.admin()
  await client.connect()
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
  if (verb === 'create') {
    const configEntries = Object.entries(options.config).map(([name, value]) => ({ name, value }))
    await client.createTopics({ topics: [{ topic, numPartitions: options.partitions, replicationFactor: 1, configEntries }] })
  } else if (verb === 'describe') {
    const shown = await client.describeConfigs({ resources: [{ ...resource, configNames: [options.name] }] })
    say({ value: shown.resources[0].configEntries[0].configValue })
  } else if (verb === 'alter') {
    await client.alterConfigs({ resources: [{ ...resource, configEntries: [{ name: options.name, value: options.value }] }] })
  } else if (verb === 'grow') {
    await client.createPartitions({ topicPartitions: [{ topic, count: options.partitions }] })
    await sleep(200) // its producers look at what there is now and then only
  } else if (verb === 'delete') {
    await client.deleteTopics({ topics: [topic] })
  } else if (verb === 'topics') {
    for (const name of await client.listTopics()) say({ topic: name })
  } else if (verb === 'offset') {
    const found = await client.fetchTopicOffsetsByTimestamp(topic, options.time)
    say({ offset: Number(found.find((one) => one.partition === options.partition).offset) })
  }
  await client.disconnect()
}

run({ produce, read, group, admin })
