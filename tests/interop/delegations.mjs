// DelegationCredentials and their presentations, written from the design page alone.
import {randomUUID} from 'node:crypto';
import canonicalize from 'canonicalize';
import {issueCredential} from './credentials.mjs';
import {sha256} from './parties.mjs';
import {addProof} from './proofs.mjs';
import {issueSelective} from './selective.mjs';
import {signToken} from './tokens.mjs';

const CREDENTIALS = 'https://www.w3.org/ns/credentials/v2';
const DELEGATIONS = 'https://w3id.org/legation/v1';
const ENVELOPE = 'data:application/vc+jwt,';
const VCT = 'https://w3id.org/legation#DelegationCredential';

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

// §1.2: how a hop is secured. An SD-JWT may hide a member of the delegation, as long as it is disclosed.
const forms = {
    'vc+jwt': (document, signer) => signToken(document, signer, {}),
    'vc+sd-jwt': (document, signer) => issueSelective(document, signer, {
        typ: 'vc+sd-jwt', frame: {credentialSubject: {delegation: {_sd: ['maxDepth']}}},
    }),
    'dc+sd-jwt': (document, signer) => issueSelective(claimsOf(document), signer, {
        typ: 'dc+sd-jwt', frame: {delegation: {_sd: ['principal', 'maxDepth']}},
    }),
    'eddsa-jcs-2022': (document, signer, at) => addProof(document, signer, {at}),
};

export function secure(document, signer, form = 'eddsa-jcs-2022', at) {
    return form in forms ? forms[form](document, signer, at) : issueCredential(document, signer, {suite: form, at});
}

// §1.4: the claims that stand for the members.
function claimsOf({id, issuer, validFrom, validUntil, credentialSubject: {id: sub, delegation}}) {
    const seconds = date => Date.parse(date) / 1000;
    return {vct: VCT, iss: issuer, sub, jti: id, nbf: seconds(validFrom), exp: seconds(validUntil), delegation};
}

function documentOf({jti, iss, sub, nbf, exp, delegation}) {
    const date = seconds => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
    return {
        id: jti, issuer: iss, validFrom: date(nbf), validUntil: date(exp), credentialSubject: {id: sub, delegation},
    };
}

// What a secured credential says, unverified; of an SD-JWT only what is not hidden.
export function read(wire) {
    if (typeof wire !== 'string') return wire;
    const claims = JSON.parse(Buffer.from(wire.split('.')[1], 'base64url'));
    return 'vct' in claims ? documentOf(claims) : claims;
}

// §2: multibase base64url of a sha2-256 multihash, and that of a parent as it travels.
export function multihash(text) {
    return 'u' + Buffer.from([0x12, 0x20, ...sha256(text)]).toString('base64url');
}

export function digestMultibase(wire) {
    return multihash(typeof wire === 'string' ? wire.split('~')[0] : canonicalize(wire));
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
