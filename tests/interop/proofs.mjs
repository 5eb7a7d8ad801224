// Embedded proofs: eddsa-jcs-2022 by Digital Bazaar's libraries, which know nothing of Legation.
import jsigs from 'jsonld-signatures';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createSignCryptosuite, createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {didDocument} from './parties.mjs';

const {AssertionProofPurpose, AuthenticationProofPurpose} = jsigs.purposes;

// Nothing is fetched: a did:key says it all, and a cryptosuite over JCS reads no JSON-LD context.
async function documentLoader(url) {
    if (!url.startsWith('did:key:')) throw new Error(`nothing is fetched, not even ${url}`);
    const controller = didDocument(url.split('#')[0]);
    const method = {'@context': controller['@context'][1], ...controller.verificationMethod[0]};
    return {documentUrl: url, document: url === method.id ? method : controller};
}

// Adds a proof beside those that are there: by assertionMethod, or by authentication if there is a challenge.
export async function addProof(document, signer, {at, challenge, domain}) {
    const suite = new DataIntegrityProof({
        signer: signer.multikey.signer(), date: at, cryptosuite: createSignCryptosuite(),
    });
    const purpose = challenge === undefined ?
        new AssertionProofPurpose() : new AuthenticationProofPurpose({challenge, domain});
    return jsigs.sign(structuredClone(document), {suite, purpose, documentLoader});
}

// Tells whether a proof holds and is by a method that this DID lists under the purpose.
export async function proofHolds(document, by, {challenge, domain}) {
    const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
    const controller = didDocument(by);
    const purpose = challenge === undefined ?
        new AssertionProofPurpose({controller}) : new AuthenticationProofPurpose({controller, challenge, domain});
    const {verified} = await jsigs.verify(document, {suite, purpose, documentLoader});
    return verified;
}
