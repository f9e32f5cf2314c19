// node_request.js PORT: asks the lead engineer as the message flow says, and prints the events that answer, until 3 s after the last word.
const {createClient} = require('redis');
const {randomUUID} = require('crypto');

async function main() {
  const redis = createClient({url: `redis://127.0.0.1:${process.argv[2]}`});
  await redis.connect();
  const corr_id = randomUUID();
  const [task, plan, context] = [{id: '7', title: 'Make change number 7'}, {steps: []}, {summary: ''}];
  await redis.xAdd('machine:requests', '*', {
    workflow_id: 'wf-123',
    to_persona: 'lead-engineer',
    step: '3-implement',
    intent: 'implement',
    payload: JSON.stringify({task, plan, context}),
    corr_id,
    deadline_s: '600'
  });
  const events = [];
  let last = '0';
  for (let quiet = 0; events.every(event => event.status === 'progress') || quiet < 3;) {
    const streams = await redis.xRead({key: 'machine:events', id: last}, {COUNT: 100, BLOCK: 1000});
    quiet = streams ? 0 : quiet + 1;
    for (const {id, message} of streams ? streams[0].messages : []) {
      last = id;
      if (message.corr_id === corr_id) events.push(message);
    }
  }
  console.log(JSON.stringify(events));
  await redis.quit();
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
