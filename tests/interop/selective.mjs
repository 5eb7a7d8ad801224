// SD-JWTs by @sd-jwt/core, and SD-JWT VCs by @sd-jwt/sd-jwt-vc, which know nothing of Legation.
import {createHash, createPrivateKey, createPublicKey, randomBytes, sign as signRaw, verify as verifyRaw}
    from 'node:crypto';
import {SDJwtInstance} from '@sd-jwt/core';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {publicJwk} from './parties.mjs';

const hashes = {EdDSA: null, ES256: 'sha256', ES384: 'sha384'};
const dsaEncoding = 'ieee-p1363';

const signerOf = ({jwk, alg}) => data => {
    const key = createPrivateKey({key: jwk, format: 'jwk'});
    return signRaw(hashes[alg], Buffer.from(data), {key, dsaEncoding}).toString('base64url');
};

function verifyWith(jwk, data, signature) {
    const {alg} = JSON.parse(Buffer.from(data.split('.')[0], 'base64url'));
    if (!(alg in hashes)) return false;
    const key = createPublicKey({key: jwk, format: 'jwk'});
    return verifyRaw(hashes[alg], Buffer.from(data), {key, dsaEncoding}, Buffer.from(signature, 'base64url'));
}

// The issuer's key is the one that its kid names.
function verifier(data, signature) {
    const {kid} = JSON.parse(Buffer.from(data.split('.')[0], 'base64url'));
    return verifyWith(publicJwk(kid), data, signature);
}

function instance(typ, signer) {
    const made = typ === 'dc+sd-jwt' ? SDJwtVcInstance : SDJwtInstance;
    return new made({
        hasher: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
        hashAlg: 'sha-256',
        saltGenerator: length => randomBytes(length).toString('base64url'),
        verifier,
        kbVerifier: (data, signature, {cnf}) => verifyWith(cnf.jwk, data, signature),
        ...(signer && {signer: signerOf(signer), signAlg: signer.alg}),
        ...(signer && {kbSigner: signerOf(signer), kbSignAlg: signer.alg}),
    });
}

// Issues claims with what the frame hides; `holder` is who it can be bound to.
export async function issueSelective(claims, signer, {typ, frame, holder}) {
    const {d, ...jwk} = holder?.jwk ?? {};
    const bound = holder ? {...claims, cnf: {jwk}} : claims;
    return instance(typ, signer).issue(bound, frame, {header: {typ, kid: signer.method}});
}

// Shows a part, bound to the verifier where there is one.
export async function presentSelective(text, {typ, frame, holder, nonce, audience, at}) {
    const payload = {iat: Date.parse(at) / 1000, aud: audience, nonce};
    return instance(typ, holder).present(text, frame, holder && {kb: {payload}});
}

// Tells what it says, or {fault}. Who the verifier is, the library leaves to its caller.
export async function openSelective(text, {typ, nonce, audience, at}) {
    const options = {currentDate: Date.parse(at) / 1000, ...(nonce && {keyBindingNonce: nonce})};
    try {
        const {payload, kb} = await instance(typ).verify(text, options);
        if (nonce && kb?.payload.aud !== audience) return {fault: 'it is for another verifier'};
        return {claims: payload};
    } catch (error) {
        return {fault: error.message};
    }
}
