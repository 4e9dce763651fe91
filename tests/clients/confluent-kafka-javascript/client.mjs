// The verbs of the matrix (tests/clients/README.md) with @confluentinc/kafka-javascript.
import confluent from '@confluentinc/kafka-javascript'
import { bootstrap, cannot, options, orders, produceWith, record, run, say, topic, verb } from './verbs.mjs'

const { ErrorCodes, Kafka } = confluent.KafkaJS
// Its own logger writes where our lines go.
const quiet = () => {}
const logger = { error: console.error, warn: quiet, info: quiet, debug: quiet, namespace: () => logger, setLogLevel: quiet }
const kafka = new Kafka({ kafkaJS: { brokers: [bootstrap], logger } })

async function produce () {
  const producer = kafka.producer({
    kafkaJS: { idempotent: Boolean(options.idempotent), compression: options.codec ?? 'none', acks: -1, logger }
  })
  await producer.connect()
  await produceWith((messages) => producer.send({ topic, messages }))
  await producer.disconnect()
}

// Reads only through groups: one of its own, which begins where it is told.
async function read () {
  const consumer = kafka.consumer({
    kafkaJS: { groupId: `read-${topic}-${process.pid}`, fromBeginning: true, autoCommit: false, logger }
  })
  await consumer.connect()
  await consumer.subscribe({ topic })
  let left = options.count
  await new Promise((resolve, reject) => {
    consumer.run({
      eachMessage: async ({ partition, message }) => {
        if (partition !== options.partition || Number(message.offset) < options.offset || left === 0) return
        record(partition, message.offset, message.key, message.value)
        if (--left === 0) resolve()
      }
    }).catch(reject)
  })
  await consumer.disconnect()
}

async function group () {
  const held = new Set()
  const reached = new Map()
  const settings = {
    rebalance_cb: (event, partitions) => {
      const numbers = partitions.map((one) => one.partition)
      if (event.code === ErrorCodes.ERR__ASSIGN_PARTITIONS) {
        numbers.forEach((one) => held.add(one))
      } else {
        numbers.forEach((one) => { held.delete(one); reached.delete(one) })
      }
      say({ assigned: [...held].sort() })
    }
  }
  const consumer = options.protocol === 'classic'
    ? kafka.consumer({
      ...settings,
      kafkaJS: {
        groupId: options.group, fromBeginning: true, autoCommit: false, sessionTimeout: 6000, heartbeatInterval: 1000, logger
      }
    })
    : kafka.consumer({
      ...settings,
      'group.id': options.group,
      'group.protocol': 'consumer',
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': false,
      kafkaJS: { logger }
    })
  await consumer.connect()
  await consumer.subscribe({ topic })
  await new Promise((resolve, reject) => {
    const carryOut = async (order) => {
      if (order === 'commit') {
        const offsets = [...reached].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }))
        if (offsets.length > 0) await consumer.commitOffsets(offsets)
        say({ committed: true })
      } else {
        await consumer.disconnect()
        resolve()
      }
    }
    let before = Promise.resolve()
    orders((order) => { before = before.then(() => carryOut(order)).catch(reject) })
    consumer.run({
      eachMessage: async ({ partition, message }) => {
        reached.set(partition, Number(message.offset) + 1)
        record(partition, message.offset, message.key, message.value)
      }
    }).catch(reject)
  })
}

async function admin () {
  if (verb === 'describe' || verb === 'alter' || verb === 'grow') cannot(`it has no call to ${verb} topics`)
  const client = kafka.admin({ kafkaJS: { logger } })
  await client.connect()
  if (verb === 'create') {
    const configEntries = Object.entries(options.config).map(([name, value]) => ({ name, value }))
    await client.createTopics({
      topics: [{ topic, numPartitions: options.partitions, replicationFactor: 1, configEntries }]
    })
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
