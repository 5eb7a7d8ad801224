// Answers questions until its input ends: per line {question, arguments}, and per line {answer} or {error}.
import {createInterface} from 'node:readline';
import {buildChain} from './chains.mjs';
import * as credentials from './credentials.mjs';
import {childOf, credential, digestMultibase, present, presentation, secure} from './delegations.mjs';
import {forgedChains} from './forgeries.mjs';
import {party, publicJwk} from './parties.mjs';
import {addProof, proofHolds} from './proofs.mjs';
import * as selective from './selective.mjs';
import {forgeTokens, signToken, tokenHolds} from './tokens.mjs';

const questions = {
    party: async ({name}) => (await party(name)).did,

    // judging what Legation issued
    holds: async ({secured, by, ...expected}) => typeof secured === 'string' ?
        tokenHolds(secured, by, expected) : proofHolds(secured, by, expected),
    digest: async ({wire}) => digestMultibase(wire),

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
    forgedTokens: async ({document, victim, thief, typ}) =>
        forgeTokens(document, {victim: await party(victim), thief: await party(thief)}, typ),
    chain: options => buildChain(options),
    forgedChains: options => forgedChains(options),

    // credentials and presentations of any kind
    contexts: async ({documents}) => credentials.learnContexts(documents),
    issueCredential: async ({document, by, ...options}) =>
        credentials.issueCredential(document, await party(by), options),
    presentCredentials: async ({document, by, ...options}) =>
        credentials.presentCredentials(document, await party(by), options),
    deriveCredential: async ({document, pointers}) => credentials.deriveCredential(document, pointers),
    faultOfCredential: async ({document, ...expected}) => credentials.faultOfCredential(document, expected),
    faultOfPresentation: async ({document, ...expected}) => credentials.faultOfPresentation(document, expected),
    timeVerification: async ({document, ...options}) => credentials.timeVerification(document, options),
    token: async ({document, by, ...options}) => signToken(document, await party(by), options),

    // SD-JWT
    publicJwk: async ({party: name}) => publicJwk((await party(name)).method),
    issueSelective: async ({claims, by, holder, ...options}) =>
        selective.issueSelective(claims, await party(by), {...options, holder: holder && await party(holder)}),
    presentSelective: async ({text, holder, ...options}) =>
        selective.presentSelective(text, {...options, holder: holder && await party(holder)}),
    openSelective: async ({text, ...expected}) => selective.openSelective(text, expected),
};

for await (const line of createInterface({input: process.stdin})) {
    const {question, arguments: given} = JSON.parse(line);
    const reply = await questions[question](given).then(answer => ({answer}), error => ({error: error.stack}));
    process.stdout.write(JSON.stringify(reply) + '\n');
}
