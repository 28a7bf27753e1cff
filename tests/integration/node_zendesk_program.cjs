// An ordinary program of a node-zendesk user; prints what it saw as one JSON object. Needs ENDPOINT, TOKEN and FILE.
const zendesk = require("node-zendesk");

const client = zendesk.createClient({
  endpointUri: process.env.ENDPOINT,
  username: "admin@acme.example",
  token: process.env.TOKEN,
  oauth: true,
});

async function main() {
  const seen = {};
  seen.tickets = (await client.tickets.list()).map((ticket) => ticket.id);

  const user = await client.users.createOrUpdate({
    user: { name: "Nora Node", email: "nora@node.example", external_id: "n-1" },
  });
  const again = await client.users.createOrUpdate({
    user: { name: "Nora Renamed", email: "nora@node.example", external_id: "n-1" },
  });
  seen.users = [user.result.id, again.result.id, again.result.name];

  const home = await client.organizations.create({ organization: { name: "Node Works" } });
  await client.users.update(user.result.id, { user: { organization_id: home.result.id } });
  seen.organization = home.result.id;
  seen.members = (await client.users.listByOrganization(home.result.id)).map((row) => row.id);

  const upload = await client.attachments.upload(process.env.FILE, { filename: "note.txt" });
  const token = (upload.result ?? upload).upload.token;
  const made = await client.tickets.create({
    ticket: {
      subject: "Nodes are tangled",
      requester_id: user.result.id,
      comment: { body: "All of them", uploads: [token] },
    },
  });
  seen.ticket = made.result.id;
  await client.tickets.update(seen.ticket, {
    ticket: { status: "open", priority: "high", comment: { body: "Untangling", public: false } },
  });
  await client.tickets.addTags(seen.ticket, { tags: ["tangled"] });
  const changed = await client.tickets.show(seen.ticket);
  seen.shown = { status: changed.result.status, priority: changed.result.priority, tags: changed.result.tags };
  const comments = await client.tickets.getComments(seen.ticket);
  seen.comments = comments.map(({ body, public: shown, attachments }) => ({ body, shown, attachments }));
  seen.audits = (await client.tickets.exportAudit(seen.ticket)).length;

  const found = await client.search.query("tangled type:ticket");
  seen.found = found.result.map((row) => row.id);

  const many = await client.tickets.createMany({
    tickets: [1, 2, 3].map((number) => ({ subject: `Row ${number}`, comment: { body: "one of many" } })),
  });
  let status = many.result.job_status;
  for (let look = 0; look < 5 && status.status !== "completed"; look += 1) {
    status = (await client.jobstatuses.show(status.id)).result.job_status;
  }
  seen.job = { status: status.status, made: status.results.map((row) => row.id) };

  await client.tickets.delete(seen.ticket);
  try {
    await client.tickets.show(seen.ticket);
  } catch (error) {
    seen.gone = error.message;
  }

  seen.exported = (await client.tickets.incremental(0)).map((row) => row.id);
  seen.people = (await client.users.incremental(0)).length;
  seen.events = (await client.ticketevents.incremental(0)).length;
  return seen;
}

main().then(
  (seen) => console.log(JSON.stringify(seen)),
  (error) => {
    console.error(error, error.result);
    process.exitCode = 1;
  },
);
