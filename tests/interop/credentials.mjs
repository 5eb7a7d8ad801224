// Credentials and presentations of any kind by Digital Bazaar's @digitalbazaar/vc, with each of its cryptosuites.
import * as vc from '@digitalbazaar/vc';
import jsigs from 'jsonld-signatures';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as ecdsaJcs2019 from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {cryptosuite as ecdsaRdfc2019} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as ecdsaSd2023 from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import * as eddsaJcs2022 from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as eddsaRdfc2022} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {didDocument} from './parties.mjs';

const signing = {
    'eddsa-jcs-2022': eddsaJcs2022.createSignCryptosuite,
    'eddsa-rdfc-2022': () => eddsaRdfc2022,
    'ecdsa-jcs-2019': ecdsaJcs2019.createSignCryptosuite,
    'ecdsa-rdfc-2019': () => ecdsaRdfc2019,
    'ecdsa-sd-2023': ({mandatory}) => ecdsaSd2023.createSignCryptosuite({mandatoryPointers: mandatory}),
};

const integrity = options => new DataIntegrityProof(options);

const verifying = () => [
    ...[
        eddsaJcs2022.createVerifyCryptosuite(), eddsaRdfc2022, ecdsaJcs2019.createVerifyCryptosuite(), ecdsaRdfc2019,
        ecdsaSd2023.createVerifyCryptosuite(),
    ].map(cryptosuite => integrity({cryptosuite})),
    new Ed25519Signature2020(),
];

const contexts = new Map();

// Contexts that @digitalbazaar/vc does not bring.
export function learnContexts(documents) {
    for (const [url, document] of Object.entries(documents)) contexts.set(url, document);
    return contexts.size;
}

// Nothing is fetched: a did:key says it all, and the documents of other DIDs are handed over as contexts are.
function dereference(url) {
    const [did, fragment] = url.split('#');
    const controller = contexts.get(did) ?? didDocument(did);
    if (fragment === undefined) return controller;
    const [, context] = controller['@context'];
    return {'@context': context, ...controller.verificationMethod.find(({id}) => id === url)};
}

// Their own contexts come first; that they never change lets the library keep what it makes of them.
async function documentLoader(url) {
    if (url.startsWith('did:')) return {documentUrl: url, document: dereference(url)};
    const found = await vc.defaultDocumentLoader(url).catch(error => {
        if (!contexts.has(url)) throw error;
        return {contextUrl: null, documentUrl: url, document: contexts.get(url)};
    });
    return {...found, tag: 'static'};
}

function signer({multikey}, {suite, at, mandatory}) {
    const options = {signer: multikey.signer(), date: at};
    if (suite === 'Ed25519Signature2020') return new Ed25519Signature2020({key: multikey, date: at});
    return integrity({...options, cryptosuite: signing[suite]({mandatory})});
}

export async function issueCredential(credential, by, options) {
    return vc.issue({credential, suite: signer(by, options), now: options.at, documentLoader});
}

export async function presentCredentials(presentation, by, {challenge, domain, ...options}) {
    return vc.signPresentation({presentation, suite: signer(by, options), challenge, domain, documentLoader});
}

export async function deriveCredential(verifiableCredential, selectivePointers) {
    const cryptosuite = ecdsaSd2023.createDiscloseCryptosuite({selectivePointers});
    return vc.derive({verifiableCredential, suite: integrity({cryptosuite}), documentLoader});
}

// Tells why a credential does not hold, or null.
export async function faultOfCredential(credential, {at}) {
    return fault(await vc.verifyCredential({credential, suite: verifying(), now: at, documentLoader}));
}

// The same of a presentation, for this challenge and domain.
export async function faultOfPresentation(presentation, {challenge, domain, at}) {
    const expected = {challenge, domain, now: at};
    return fault(await vc.verify({presentation, suite: verifying(), ...expected, documentLoader}));
}

function fault({verified, error, credentialResults = []}) {
    if (verified) return null;
    const errors = [error, ...error?.errors ?? [], ...credentialResults.map(result => result.error)];
    return errors.filter(Boolean).map(each => String(each.message ?? each)).join('; ') || 'no reason is given';
}

// How many microseconds verifying one takes, or its proof alone, on the average of so many in a row.
export async function timeVerification(credential, {suite: name, at, repeat, whole}) {
    const [suite] = verifying().filter(({cryptosuite}) => cryptosuite === name);
    const copies = Array.from({length: repeat}, () => structuredClone(credential));
    const verify = whole ?
        copy => vc.verifyCredential({credential: copy, suite, now: at, documentLoader}) :
        copy => jsigs.verify(copy, {suite, purpose: new jsigs.purposes.AssertionProofPurpose(), documentLoader});
    const begin = process.hrtime.bigint();
    for (const copy of copies) {
        const {verified} = await verify(copy);
        if (!verified) throw new Error('what is timed does not hold');
    }
    return Number(process.hrtime.bigint() - begin) / 1000 / repeat;
}
