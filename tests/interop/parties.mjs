// Parties: keys made from a name, the DIDs that hold them, and what a DID says of its key.
import {createECDH, createHash, ECDH} from 'node:crypto';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as base58 from 'base58-universal';

const base64url = bytes => Buffer.from(bytes).toString('base64url');

export const sha256 = data => createHash('sha256').update(data).digest();

const curves = {
    'P-256': {name: 'prime256v1', alg: 'ES256', codec: [0x80, 0x24], hash: 'sha256', bytes: 32},
    'P-384': {name: 'secp384r1', alg: 'ES384', codec: [0x81, 0x24], hash: 'sha384', bytes: 48},
};

// "ed25519:NAME", "p256:NAME" and "p384:NAME" are a did:key, "jwk:NAME" is a did:jwk with a P-256 key. The key of a
// name is always the same and never leaves this process.
export async function party(name) {
    const text = `a party in JavaScript: ${name}`;
    const makers = {
        ed25519: ed25519Party, jwk: jwkParty,
        p256: text => ecdsaParty(text, 'P-256'), p384: text => ecdsaParty(text, 'P-384'),
    };
    return makers[name.slice(0, name.indexOf(':'))](text);
}

async function ed25519Party(text) {
    const seed = sha256(text);
    const {publicKey, publicKeyMultibase} = await Ed25519Multikey.generate({seed});
    const did = `did:key:${publicKeyMultibase}`;
    const multikey = await Ed25519Multikey.generate({seed, controller: did});
    const jwk = {kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey), d: base64url(seed)};
    return {did, method: multikey.id, alg: 'EdDSA', jwk, multikey};
}

async function ecdsaParty(text, crv) {
    const {name, alg, codec, hash} = curves[crv];
    const secret = createHash(hash).update(text).digest();
    const key = createECDH(name);
    key.setPrivateKey(secret);
    const multibase = 'z' + base58.encode(Buffer.from([...codec, ...key.getPublicKey(null, 'compressed')]));
    const did = `did:key:${multibase}`;
    const method = `${did}#${multibase}`;
    const jwk = {...pointJwk(key.getPublicKey(), crv), d: base64url(secret)};
    // without key_ops it would become a key for agreement
    const own = {jwk: {...jwk, key_ops: ['sign']}, secretKey: true, id: method, controller: did};
    return {did, method, alg, jwk, multikey: await EcdsaMultikey.fromJwk(own)};
}

async function jwkParty(text) {
    const {d, ...publicKey} = (await ecdsaParty(text, 'P-256')).jwk;
    const did = 'did:jwk:' + base64url(JSON.stringify(publicKey));
    return {did, method: `${did}#0`, alg: 'ES256', jwk: {...publicKey, d}};
}

function pointJwk(point, crv) {
    const {bytes} = curves[crv];
    return {kty: 'EC', crv, x: base64url(point.subarray(1, 1 + bytes)), y: base64url(point.subarray(1 + bytes))};
}

// The public key that a verification method of a did:key or did:jwk stands for.
export function publicJwk(method) {
    const did = method.split('#')[0];
    if (did.startsWith('did:jwk:')) return JSON.parse(Buffer.from(did.slice('did:jwk:'.length), 'base64url'));
    const bytes = base58.decode(did.slice('did:key:z'.length));
    const codec = Buffer.from(bytes.subarray(0, 2)).toString('hex');
    const key = bytes.subarray(2);
    if (codec === 'ed01') return {kty: 'OKP', crv: 'Ed25519', x: base64url(key)};
    for (const [crv, {name, codec: own}] of Object.entries(curves)) {
        if (codec !== Buffer.from(own).toString('hex')) continue;
        return pointJwk(ECDH.convertKey(key, name, undefined, undefined, 'uncompressed'), crv);
    }
    throw new Error(`a key of another type: ${did}`);
}

// The DID document of a did:key, with one Multikey.
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
