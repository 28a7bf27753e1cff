// The tasks of side_by_side as node-zendesk's manual has them done. Reads {base_url, token, task, arguments} from standard input and
// prints what the task returns. Run in a folder that has node-zendesk installed.
"use strict";
const { createRequire } = require("node:module");
const { createClient } = createRequire(process.cwd() + "/")("node-zendesk");

const told = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const client = createClient({ endpointUri: `${told.base_url}/api/v2`, token: told.token, oauth: true });

function* chunks(rows) {
  for (let start = 0; start < rows.length; start += 100) yield rows.slice(start, start + 100);
}

async function finish(answer) {
  const job = answer.result.job_status ?? answer.result;
  for (;;) {
    const shown = (await client.jobstatuses.show(job.id)).result;
    if (["completed", "failed", "killed"].includes((shown.job_status ?? shown).status)) return null;
  }
}

const tasks = {
  async names() {
    client.tickets.setSideLoad(["users", "organizations"]);
    const tickets = await client.tickets.list();
    const groups = new Map((await client.groups.list()).map((group) => [group.id, group.name]));
    return tickets.slice(0, 1000).map((ticket) => [
      ticket.id, ticket.requester.name, ticket.assignee?.name ?? null, ticket.organization?.name ?? null,
      groups.get(ticket.group_id) ?? null,
    ]);
  },
  async one(id) {
    client.tickets.setSideLoad(["users"]);
    const ticket = (await client.tickets.show(id)).result;
    client.tickets.setSideLoad([]);
    const comments = await client.tickets.getComments(id);
    const authors = [...new Set(comments.map((comment) => comment.author_id))];
    const names = new Map((await client.users.showMany(authors)).result.map((user) => [user.id, user.name]));
    return [ticket.subject, ticket.requester.name, ticket.assignee?.name ?? null,
      comments.map((comment) => [names.get(comment.author_id), comment.body])];
  },
  async search(query) {
    return (await client.search.queryAll(`type:ticket ${query}`)).map((ticket) => ticket.id);
  },
  async search_thrifty(query) {
    return (await client.search.exportResults(query, "ticket")).map((ticket) => ticket.id);
  },
  async tags(ids, tag) {
    for (const part of chunks(ids)) await finish(await client.tickets.updateMany(part, { ticket: { additional_tags: [tag] } }));
    return null;
  },
  async creates(subject) {
    const rows = Array.from({ length: 100 }, (_, number) => ({ subject, comment: { body: `Number ${number}` } }));
    return finish(await client.tickets.createMany({ tickets: rows }));
  },
  async people(domain) {
    const rows = Array.from({ length: 500 }, (_, number) => ({ name: `Person ${number}`, email: `${number}@${domain}` }));
    for (const part of chunks(rows)) await finish(await client.users.createOrUpdateMany({ users: part }));
    return null;
  },
};

tasks[told.task](...told.arguments).then(
  (found) => process.stdout.write(JSON.stringify({ found })),
  (error) => process.stdout.write(JSON.stringify({ error: String(error) })),
);
