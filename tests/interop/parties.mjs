// Parties: keys made from a name, the DIDs that hold them, and what a DID says of its key.
import {createECDH, createHash, ECDH} from 'node:crypto';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as base58 from 'base58-universal';

const base64url = bytes => Buffer.from(bytes).toString('base64url');

export const sha256 = data => createHash('sha256').update(data).digest();

// "ed25519:NAME" and "p256:NAME" are a did:key, "jwk:NAME" is a did:jwk with a P-256 key. The key of a name is always
// the same and never leaves this process.
export async function party(name) {
    const secret = sha256(`a party in JavaScript: ${name}`);
    const makers = {ed25519: ed25519Party, p256: p256Party, jwk: jwkParty};
    return makers[name.slice(0, name.indexOf(':'))](secret);
}

async function ed25519Party(seed) {
    const {publicKey, publicKeyMultibase} = await Ed25519Multikey.generate({seed});
    const did = `did:key:${publicKeyMultibase}`;
    const multikey = await Ed25519Multikey.generate({seed, controller: did});
    const jwk = {kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey), d: base64url(seed)};
    return {did, method: multikey.id, alg: 'EdDSA', jwk, multikey};
}

function p256Party(secret) {
    const key = createECDH('prime256v1');
    key.setPrivateKey(secret);
    const multibase = 'z' + base58.encode(Buffer.from([0x80, 0x24, ...key.getPublicKey(null, 'compressed')]));
    const did = `did:key:${multibase}`;
    const jwk = {...pointJwk(key.getPublicKey()), d: base64url(secret)};
    return {did, method: `${did}#${multibase}`, alg: 'ES256', jwk};
}

function jwkParty(secret) {
    const {d, ...publicKey} = p256Party(secret).jwk;
    const did = 'did:jwk:' + base64url(JSON.stringify(publicKey));
    return {did, method: `${did}#0`, alg: 'ES256', jwk: {...publicKey, d}};
}

function pointJwk(point) {
    return {kty: 'EC', crv: 'P-256', x: base64url(point.subarray(1, 33)), y: base64url(point.subarray(33))};
}

// The public key that a verification method of a did:key or did:jwk stands for.
export function publicJwk(method) {
    const did = method.split('#')[0];
    if (did.startsWith('did:jwk:')) return JSON.parse(Buffer.from(did.slice('did:jwk:'.length), 'base64url'));
    const bytes = base58.decode(did.slice('did:key:z'.length));
    const codec = Buffer.from(bytes.subarray(0, 2)).toString('hex');
    const key = bytes.subarray(2);
    if (codec === 'ed01') return {kty: 'OKP', crv: 'Ed25519', x: base64url(key)};
    if (codec === '8024') return pointJwk(ECDH.convertKey(key, 'prime256v1', undefined, undefined, 'uncompressed'));
    throw new Error(`a key of another type: ${did}`);
}

// The DID document of an Ed25519 did:key, with one Multikey.
export function didDocument(did) {
    const multibase = did.slice('did:key:'.length);
    const id = `${did}#${multibase}`;
    return {
        '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
        id: did,
        verificationMethod: [{id, type: 'Multikey', controller: did, publicKeyMultibase: multibase}],
        assertionMethod: [id],
        authentication: [id],
    };
}
