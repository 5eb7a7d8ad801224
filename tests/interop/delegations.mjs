// DelegationCredentials and their presentations, written from the design page alone.
import {randomUUID} from 'node:crypto';
import canonicalize from 'canonicalize';
import {sha256} from './parties.mjs';
import {addProof} from './proofs.mjs';
import {signToken} from './tokens.mjs';

const CREDENTIALS = 'https://www.w3.org/ns/credentials/v2';
const DELEGATIONS = 'https://w3id.org/legation/v1';
const ENVELOPE = 'data:application/vc+jwt,';

// §1: one hop, not yet secured.
export function credential({by, to, from, until, principal, maxDepth, details, parent}) {
    return {
        '@context': [CREDENTIALS, DELEGATIONS],
        id: `urn:uuid:${randomUUID()}`,
        type: ['VerifiableCredential', 'DelegationCredential'],
        issuer: by,
        validFrom: from,
        validUntil: until,
        credentialSubject: {
            id: to,
            delegation: {principal, maxDepth, authorizationDetails: details, ...(parent && {parent})},
        },
    };
}

export function secure(document, signer, form, at) {
    return form === 'vc+jwt' ? signToken(document, signer, {}) : addProof(document, signer, {at});
}

// What a secured credential says, unverified.
export function read(wire) {
    return typeof wire === 'string' ? JSON.parse(Buffer.from(wire.split('.')[1], 'base64url')) : wire;
}

// §2: multibase base64url of a sha2-256 multihash, and that of a parent as it travels.
export function multihash(text) {
    return 'u' + Buffer.from([0x12, 0x20, ...sha256(text)]).toString('base64url');
}

export function digestMultibase(wire) {
    return multihash(typeof wire === 'string' ? wire : canonicalize(wire));
}

export function link(wire) {
    return {id: read(wire).id, digestMultibase: digestMultibase(wire)};
}

// §1 and §2: the next hop, with all that the one above allows, or with other `details`.
export function childOf(wire, {by, to, details}) {
    const {validFrom: from, validUntil: until, credentialSubject: {delegation}} = read(wire);
    const {principal, maxDepth, authorizationDetails} = delegation;
    const rest = {principal, maxDepth: maxDepth - 1, details: details ?? authorizationDetails};
    return credential({by, to, from, until, ...rest, parent: link(wire)});
}

// §2: a presentation, not yet secured.
export function presentation(hops, holder) {
    return {
        '@context': [CREDENTIALS],
        type: ['VerifiablePresentation'],
        holder,
        verifiableCredential: hops.map(hop => typeof hop !== 'string' ? hop :
            {'@context': CREDENTIALS, id: ENVELOPE + hop, type: 'EnvelopedVerifiableCredential'}),
    };
}

export function present(document, signer, {form, challenge, domain, at}) {
    if (form !== 'vp+jwt') return addProof(document, signer, {at, challenge, domain});
    const claims = {nonce: challenge, aud: domain, iat: Date.parse(at) / 1000};
    return signToken(document, signer, {typ: 'vp+jwt', claims});
}
