// Chains of three hops among strangers, whole ones and forged ones. What a forgery should be called, Python knows.
import {createHash} from 'node:crypto';
import canonicalize from 'canonicalize';
import {authority, widenings} from './authority.mjs';
import {credential, link, read, secure} from './delegations.mjs';
import {party} from './parties.mjs';

// acme grants to planner, planner to bidder, bidder to worker
const VALIDITY = [['08:15:00Z', '09:15:00Z'], ['08:20:00.5Z', '09:15:00Z'], ['09:25:00+01:00', '10:10:00+01:00']];

const delegationOf = document => document.credentialSubject.delegation;
const detailOf = document => delegationOf(document).authorizationDetails[0];

// `forms` has one form per hop, `names` four parties; `change(document, parties, parent)` alters hop `hop` before it is
// signed, `by` signs that hop in its issuer's place, `parents` stands above it in place of the hops of this chain.
async function build({forms, names, at, without = []}, {hop, change, by, parents = []} = {}) {
  const parties = await Promise.all(names.map(party));
  const wires = [];
  for (const [index, form] of forms.entries()) {
    const [from, until] = VALIDITY[index].map(time => `${at.slice(0, 11)}${time}`);
    const parent = parents[index - 1] ?? wires[index - 1];
    const document = credential({
      by: parties[index].did, to: parties[index + 1].did, from, until,
      principal: 'https://idp.acme.example#ana', maxDepth: 2 - index,
      details: [authority(index)], parent: parent && link(parent),
    });
    for (const name of without) delete detailOf(document).constraints[name];
    if (index === hop) change?.(document, parties, parent);
    wires.push(await secure(document, index === hop && by ? by(parties) : parties[index], form, at));
  }
  return wires;
}

// What an issuer writes into its hop although the design page does not let it.
const changes = {
  another_principal: [2, document => { delegationOf(document).principal = 'https://idp.acme.example#bob'; }],
  too_deep: [2, document => { delegationOf(document).maxDepth = 1; }],
  deeper_than_any: [0, document => { delegationOf(document).maxDepth = 17; }],
  outlives: [2, document => { document.validUntil = document.validUntil.replace('10:10:00', '10:15:00.000000001'); }],
  begins_before: [1, document => { document.validFrom = document.validFrom.replace('08:20:00.5', '08:14:59.999'); }],
  leap_second: [2, document => { document.validUntil = document.validUntil.replace('10:10:00', '10:09:60'); }],
  unknown_constraint: [2, document => { detailOf(document).constraints.weather = 'fair'; }],
  unknown_predicate: [2, document => { detailOf(document).constraints.arguments.mode = {matches: '^live$'}; }],
  unknown_detail_member: [1, document => { detailOf(document).scope = 'all'; }],
  unknown_delegation_member: [1, document => { delegationOf(document).remark = 'x'; }],
  terms_of_use: [2, document => { document.termsOfUse = {type: 'Anything'}; }],
  another_context: [2, document => { document['@context'].push('https://www.w3.org/ns/credentials/examples/v2'); }],
  context_below: [2, document => { document.credentialSubject['@context'] = 'https://www.w3.org/ns/credentials/v2'; }],
  another_type: [2, document => { document.type.reverse(); }],
  two_subjects: [2, document => { document.credentialSubject = [document.credentialSubject]; }],
  fraction: [2, document => { detailOf(document).constraints.arguments.percent = {min: -9.5}; }],
  number_too_large: [1, document => { detailOf(document).constraints.arguments['~a/b'] = {min: -(2 ** 53)}; }],
  amount_as_number: [1, document => { detailOf(document).constraints.budget.amount = 4000; }],
  null_value: [2, document => { detailOf(document).datatypes = null; }],
  empty_array: [2, document => { detailOf(document).privileges = []; }],
  twice_in_a_set: [2, document => { detailOf(document).actions = ['pause', 'pause']; }],
  decomposed_string: [2, document => { detailOf(document).constraints.purpose = ['cafe\u0301']; }],
  invisible_character: [2, document => { detailOf(document).constraints.purpose = ['bid\u200bding']; }],
  network_with_host_bits: [2, document => { detailOf(document).constraints.arguments.host = {cidr: '10.1.2.3/16'}; }],
  location_with_dots: [2, document => { detailOf(document).locations = ['https://ads.acme.example/mcp/../mcp/bids']; }],
  unknown_time_zone: [2, document => { detailOf(document).constraints.hours.timezone = 'Mars/Olympus'; }],
  loop: [2, (document, [acme]) => { document.credentialSubject.id = acme.did; }],
  same_id_again: [2, (document, _, parent) => { document.id = read(parent).id; }],
  no_parent: [2, document => { delete delegationOf(document).parent; }],
  parent_above_the_root: [0, (document) => {
    delegationOf(document).parent = {id: 'urn:example:above', digestMultibase: 'uEi' + 'A'.repeat(44)};
  }],
  parent_of_another_id: [1, document => { delegationOf(document).parent.id = 'urn:example:another'; }],
  digest_of_the_unsigned: [2, (document, _, parent) => {
    const {proof, ...unsigned} = read(parent);
    delegationOf(document).parent.digestMultibase = multibase(canonicalize(unsigned));
  }],
  digest_of_other_spelling: [2, (document, _, parent) => {
    const wire = typeof parent === 'string' ? `data:application/vc+jwt,${parent}` : JSON.stringify(parent, null, 1);
    delegationOf(document).parent.digestMultibase = multibase(wire);
  }],
  digest_in_hexadecimal: [2, document => {
    const digest = delegationOf(document).parent.digestMultibase;
    delegationOf(document).parent.digestMultibase = 'f' + Buffer.from(digest.slice(1), 'base64url').toString('hex');
  }],
};

const multibase = data =>
  'u' + Buffer.from([0x12, 0x20, ...createHash('sha256').update(data).digest()]).toString('base64url');

// The same widening at another hop, or in a second object of the authority.
const otherWidenings = {
  widened_in_the_middle: [1, document => { detailOf(document).constraints.maxUses = 26; }],
  widened_by_a_second_object: [2, document => {
    delegationOf(document).authorizationDetails.push({type: 'mcp_tool', actions: ['adjust_bid']});
  }],
};

// What a stranger signs, and what a carrier does to hops that others signed.
const thefts = {
  signed_by_a_stranger: async options =>
    build(options, {hop: 1, by: ([, , , worker]) => worker}),

  signed_under_the_issuers_name: async options =>
    build(options, {hop: 2, by: ([acme, , bidder]) => ({...acme, method: bidder.method, multikey: renamed(acme, bidder)})}),

  spliced_from_a_sibling: async options => {
    const [chain, sibling] = [await build(options), await build(options)];
    return [chain[0], chain[1], sibling[2]];
  },

  parent_issued_again_wider: async options => {
    const chain = await build(options);
    const {id} = read(chain[1]);
    const wider = document => { document.id = id; detailOf(document).constraints.maxUses = 25; };
    const again = await build(options, {hop: 1, change: wider, parents: [chain[0]]});
    return [chain[0], again[1], chain[2]];
  },

  middle_left_out: async options => {
    const [root, , leaf] = await build(options);
    return [root, leaf];
  },

  leaf_first: async options => (await build(options)).reverse(),

  root_altered: async options => altered(await build(options), 0),
  middle_altered: async options => altered(await build(options), 1),
  leaf_altered: async options => altered(await build(options), 2),
};

function renamed(thief, victim) {
  return {signer: () => ({...thief.multikey.signer(), id: victim.method})};
}

function altered(wires, index) {
  const document = structuredClone(read(wires[index]));
  detailOf(document).constraints.maxUses -= 1;
  const [header, , signature] = typeof wires[index] === 'string' ? wires[index].split('.') : [];
  const payload = Buffer.from(JSON.stringify(document)).toString('base64url');
  return wires.with(index, header ? [header, payload, signature].join('.') : document);
}

export const buildChain = build;

// Every forgery of a chain, by name.
export async function forgedChains(options) {
  const widened = Object.entries(widenings)
    .map(([name, widen]) => [name, [2, document => widen(detailOf(document))]]);
  const chains = {widened: {}, written: {}, stolen: {}};
  for (const [name, [hop, change]] of [...widened, ...Object.entries(otherWidenings)]) {
    chains.widened[name] = await build(options, {hop, change});
  }
  for (const [name, [hop, change]] of Object.entries(changes)) {
    chains.written[name] = await build(options, {hop, change});
  }
  for (const [name, steal] of Object.entries(thefts)) chains.stolen[name] = await steal(options);
  return chains;
}
