// Forged chains: what a dishonest issuer, stranger or carrier makes of a chain. What each is called, Python knows.
import canonicalize from 'canonicalize';
import {widenings} from './authority.mjs';
import {buildChain} from './chains.mjs';
import {multihash, read} from './delegations.mjs';

// What an issuer writes into its hop although the design page does not let it: the hop, and the change.
const changes = {
    another_principal: [2, ({delegation}) => { delegation.principal = 'https://idp.acme.example#bob'; }],
    too_deep: [2, ({delegation}) => { delegation.maxDepth = 1; }],
    deeper_than_any: [0, ({delegation}) => { delegation.maxDepth = 17; }],
    outlives: [2, ({document}) => { document.validUntil = '2026-11-23T10:15:00.000000001+01:00'; }],
    begins_before: [1, ({document}) => { document.validFrom = '2026-11-23T08:14:59.999Z'; }],
    leap_second: [2, ({document}) => { document.validUntil = '2026-11-23T09:09:60Z'; }],

    unknown_constraint: [2, ({limits}) => { limits.weather = 'fair'; }],
    unknown_predicate: [2, ({limits}) => { limits.arguments.mode = {matches: '^live$'}; }],
    unknown_time_zone: [2, ({limits}) => { limits.hours.timezone = 'Mars/Olympus'; }],
    unknown_detail_member: [1, ({detail}) => { detail.scope = 'all'; }],
    unknown_delegation_member: [1, ({delegation}) => { delegation.remark = 'x'; }],
    terms_of_use: [2, ({document}) => { document.termsOfUse = {type: 'Anything'}; }],
    another_context: [2, ({document}) => { document['@context'].push('https://w3id.org/security/v2'); }],
    context_below: [2, ({document}) => { document.credentialSubject['@context'] = document['@context'][0]; }],
    another_type: [2, ({document}) => { document.type.reverse(); }],
    two_subjects: [2, ({document}) => { document.credentialSubject = [document.credentialSubject]; }],

    fraction: [2, ({limits}) => { limits.arguments.percent = {min: -9.5}; }],
    number_too_large: [1, ({limits}) => { limits.arguments['~a/b'] = {min: -(2 ** 53)}; }],
    amount_as_number: [1, ({limits}) => { limits.budget.amount = 4000; }],
    null_value: [2, ({detail}) => { detail.datatypes = null; }],
    empty_array: [2, ({detail}) => { detail.privileges = []; }],
    twice_in_a_set: [2, ({detail}) => { detail.actions = ['pause', 'pause']; }],
    decomposed_string: [2, ({limits}) => { limits.purpose = ['cafe\u0301']; }],
    invisible_character: [2, ({limits}) => { limits.purpose = ['bid\u200bding']; }],
    network_with_host_bits: [2, ({limits}) => { limits.arguments.host = {cidr: '10.1.2.3/16'}; }],
    location_with_dots: [2, ({detail}) => { detail.locations = ['https://ads.acme.example/mcp/../mcp/bids']; }],

    loop: [2, ({document, parties: [acme]}) => { document.credentialSubject.id = acme.did; }],
    same_id_again: [2, ({document, parent}) => { document.id = read(parent).id; }],
    no_parent: [2, ({delegation}) => { delete delegation.parent; }],
    parent_above_the_root: [0, ({delegation}) => {
        delegation.parent = {id: 'urn:example:above', digestMultibase: multihash('above')};
    }],
    parent_of_another_id: [1, ({delegation}) => { delegation.parent.id = 'urn:example:another'; }],
    digest_of_the_unsigned: [2, ({delegation, parent}) => {
        const {proof, ...unsigned} = read(parent);
        delegation.parent.digestMultibase = multihash(canonicalize(unsigned));
    }],
    digest_of_another_spelling: [2, ({delegation, parent}) => {
        const enveloped = typeof parent === 'string';
        const spelling = enveloped ? 'data:application/vc+jwt,' + parent : JSON.stringify(parent, null, 1);
        delegation.parent.digestMultibase = multihash(spelling);
    }],
    digest_in_hexadecimal: [2, ({delegation: {parent}}) => {
        parent.digestMultibase = 'f' + Buffer.from(parent.digestMultibase.slice(1), 'base64url').toString('hex');
    }],
};

// Beside those of authority.mjs, which change the last hop's one object.
const otherWidenings = {
    widened_in_the_middle: [1, ({limits}) => { limits.maxUses = 26; }],
    widened_by_a_second_object: [2, ({delegation}) => {
        delegation.authorizationDetails.push({type: 'mcp_tool', actions: ['adjust_bid']});
    }],
};

// What a stranger signs, and what a carrier does to hops that others signed.
const thefts = {
    signed_by_a_stranger: options => buildChain(options, {hop: 1, by: parties => parties[3]}),

    signed_under_the_issuers_name: options =>
        buildChain(options, {hop: 2, by: ([acme, , bidder]) => underNameOf(bidder, acme)}),

    spliced_from_a_sibling: async options => {
        const [chain, sibling] = [await buildChain(options), await buildChain(options)];
        return [chain[0], chain[1], sibling[2]];
    },

    parent_issued_again_wider: async options => {
        const [root, middle, leaf] = await buildChain(options);
        const change = ({document, limits}) => { document.id = read(middle).id; limits.maxUses = 25; };
        const [, wider] = await buildChain(options, {hop: 1, change, above: root});
        return [root, wider, leaf];
    },

    middle_left_out: async options => (await buildChain(options)).filter((_, index) => index !== 1),
    leaf_first: async options => (await buildChain(options)).reverse(),
    root_altered: async options => altered(await buildChain(options), 0),
    middle_altered: async options => altered(await buildChain(options), 1),
    leaf_altered: async options => altered(await buildChain(options), 2),
};

function underNameOf(victim, thief) {
    const {method} = victim;
    return {...thief, method, multikey: {signer: () => ({...thief.multikey.signer(), id: method})}};
}

function altered(wires, index) {
    const document = structuredClone(read(wires[index]));
    document.credentialSubject.delegation.authorizationDetails[0].constraints.maxUses -= 1;
    if (typeof wires[index] !== 'string') return wires.with(index, document);
    const [header, , signature] = wires[index].split('.');
    const payload = Buffer.from(JSON.stringify(document)).toString('base64url');
    return wires.with(index, [header, payload, signature].join('.'));
}

// Every forgery, by group and name.
export async function forgedChains(options) {
    const ofLeaf = mapped(widenings, widen => [2, ({detail}) => widen(detail)]);
    const changed = ([hop, change]) => buildChain(options, {hop, change});
    return {
        widened: await settled({...ofLeaf, ...otherWidenings}, changed),
        written: await settled(changes, changed),
        stolen: await settled(thefts, steal => steal(options)),
    };
}

function mapped(table, map) {
    return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, map(value)]));
}

async function settled(table, make) {
    const chains = {};
    for (const [name, recipe] of Object.entries(table)) chains[name] = await make(recipe);
    return chains;
}
