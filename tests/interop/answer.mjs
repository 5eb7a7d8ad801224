// node answer.mjs QUESTION < arguments as JSON > answer as JSON
import {readFileSync} from 'node:fs';
import {buildChain, forgedChains} from './chains.mjs';
import {childOf, credential, digestMultibase, present, presentation, secure} from './delegations.mjs';
import {party} from './parties.mjs';
import {addProof, proofHolds} from './proofs.mjs';
import {forgeries, signToken, tokenHolds} from './tokens.mjs';

const questions = {
  party: async ({name}) => (await party(name)).did,

  // judging what Legation issued
  holds: ({secured, by, ...expected}) => typeof secured === 'string' ?
    tokenHolds(secured, by, expected) : proofHolds(secured, by, expected),
  digest: ({wire}) => digestMultibase(wire),

  // issuing what Legation judges
  root: async ({by, form, at, ...terms}) => {
    const issuer = await party(by);
    return secure(credential({by: issuer.did, ...terms}), issuer, form, at);
  },
  child: async ({over, by, form, at, ...terms}) => {
    const issuer = await party(by);
    return secure(childOf(over, {by: issuer.did, ...terms}), issuer, form, at);
  },
  anotherProof: async ({document, by, at}) => addProof(document, await party(by), {at}),
  credentialToken: async ({document, by, claims}) => signToken(document, await party(by), {claims}),
  presentation: async ({hops, by, ...options}) => {
    const holder = await party(by);
    return present(presentation(hops, options.holder ?? holder.did), holder, options);
  },
  forgedTokens: async ({document, victim, thief, typ}) => {
    const parties = {victim: await party(victim), thief: await party(thief)};
    const forged = Object.entries(forgeries).map(async ([name, forge]) => [name, await forge(document, parties, typ)]);
    return Object.fromEntries(await Promise.all(forged));
  },
  chain: options => buildChain(options),
  forgedChains: options => forgedChains(options),
};

const answer = await questions[process.argv[2]](JSON.parse(readFileSync(0, 'utf8')));
process.stdout.write(JSON.stringify(answer));
