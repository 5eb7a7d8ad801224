// Tokens: vc+jwt and vp+jwt by jose, which knows nothing of Legation; and tokens that somebody forged.
import {sign as signRaw} from 'node:crypto';
import {decodeProtectedHeader, errors, importJWK, jwtVerify, SignJWT} from 'jose';
import {publicJwk} from './parties.mjs';

const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url');

// `claims` go beside the members of the document, `header` over the three parameters that belong there.
export async function signToken(document, signer, {typ = 'vc+jwt', claims = {}, header = {}}) {
    return new SignJWT({...document, ...claims})
        .setProtectedHeader({alg: signer.alg, typ, kid: signer.method, ...header})
        .sign(await importJWK(signer.jwk, signer.alg), {crit: {'urn:example:extension': true}});
}

// Tells whether a token holds, by a method of this DID; a vp+jwt also for this audience and nonce, and fresh.
export async function tokenHolds(token, by, {typ, challenge, domain, at}) {
    const {kid, alg} = decodeProtectedHeader(token);
    const bound = typ === 'vp+jwt' ? {audience: domain, requiredClaims: ['nonce'], maxTokenAge: '5 minutes'} : {};
    try {
        const key = await importJWK(publicJwk(kid), alg);
        const options = {typ, algorithms: ['EdDSA', 'ES256', 'ES384'], currentDate: new Date(at), ...bound};
        const {payload} = await jwtVerify(token, key, options);
        return kid.split('#')[0] === by && (typ !== 'vp+jwt' || payload.nonce === challenge);
    } catch (error) {
        if (error instanceof errors.JOSEError) return false;
        throw error;
    }
}

// What a forger may hand in: `victim` is who the token says it is from, `thief` who makes it.
const forgeries = {
    another_key_under_the_kid: (document, {victim, thief}, typ) =>
        signToken(document, {...thief, method: victim.method}, {typ}),

    kid_of_another: (document, {thief}, typ) => signToken(document, thief, {typ}),

    key_in_the_header: (document, {victim, thief}, typ) => {
        const {d, ...jwk} = thief.jwk;
        return signToken(document, {...thief, method: victim.method}, {typ, header: {jwk}});
    },

    algorithm_none: (document, {victim}, typ) =>
        `${encode({alg: 'none', typ, kid: victim.method})}.${encode(document)}.`,

    public_key_as_secret: (document, {victim}, typ) => {
        const secret = Buffer.from(publicJwk(victim.method).x, 'base64url');
        const header = {alg: 'HS256', typ, kid: victim.method};
        return new SignJWT(document).setProtectedHeader(header).sign(secret);
    },

    type_of_another_token: (document, {victim}) => signToken(document, victim, {typ: 'at+jwt'}),

    critical_extension: (document, {victim}, typ) => {
        const header = {crit: ['urn:example:extension'], 'urn:example:extension': 1};
        return signToken(document, victim, {typ, header});
    },

    claim_that_contradicts: (document, {victim, thief}, typ) =>
        signToken(document, victim, {typ, claims: {iss: thief.did}}),

    other_payload_under_the_signature: async (document, {victim}, typ) => {
        const [header, , signature] = (await signToken(document, victim, {typ})).split('.');
        return [header, encode({...document, id: 'urn:example:another'}), signature].join('.');
    },

    signature_cut_short: async (document, {victim}, typ) => {
        const [header, payload, signature] = (await signToken(document, victim, {typ})).split('.');
        return [header, payload, Buffer.from(signature, 'base64url').subarray(0, 60).toString('base64url')].join('.');
    },

    // RFC 7518 §3.4 wants r and s of ES256 side by side; ASN.1 is what many libraries give by default
    signature_of_another_encoding: (document, {victim}, typ) => {
        const input = `${encode({alg: victim.alg, typ, kid: victim.method})}.${encode(document)}`;
        const key = {key: victim.jwk, format: 'jwk', dsaEncoding: 'der'};
        const signature = signRaw(victim.alg === 'ES256' ? 'sha256' : null, Buffer.from(input), key);
        const other = victim.alg === 'ES256' ? signature : Buffer.concat([Buffer.from([0x04, 0x40]), signature]);
        return `${input}.${other.toString('base64url')}`;
    },
};

// Every forgery of a token of that type, by name.
export async function forgeTokens(document, parties, typ) {
    const tokens = {};
    for (const [name, forge] of Object.entries(forgeries)) tokens[name] = await forge(document, parties, typ);
    return tokens;
}
