// Chains of three hops among strangers: acme grants to planner, planner to bidder, bidder to worker.
import {authority} from './authority.mjs';
import {credential, link, secure} from './delegations.mjs';
import {party} from './parties.mjs';

const VALIDITY = [['08:15:00Z', '09:15:00Z'], ['08:20:00.5Z', '09:15:00Z'], ['09:25:00+01:00', '10:10:00+01:00']];

// `forms` has one form per hop, `names` four parties, `without` are constraints to leave out of every hop.
// A forger's `change` alters hop `hop` before it is signed, `by` names who signs that hop in its issuer's place,
// and `above` is put in place of the hop above it.
export async function buildChain({forms, names, at, without = []}, {hop, change, by, above} = {}) {
    const parties = await Promise.all(names.map(party));
    const wires = [];
    for (const [index, form] of forms.entries()) {
        const parent = (index === hop && above) || wires[index - 1];
        const [from, until] = VALIDITY[index].map(time => at.slice(0, 11) + time);
        const detail = authority(index);
        for (const name of without) delete detail.constraints[name];
        const document = credential({
            by: parties[index].did, to: parties[index + 1].did, from, until,
            principal: 'https://idp.acme.example#ana', maxDepth: 2 - index,
            details: [detail], parent: parent && link(parent),
        });
        const {delegation} = document.credentialSubject;
        if (index === hop) change?.({document, delegation, detail, limits: detail.constraints, parties, parent});
        const signer = index === hop && by ? by(parties) : parties[index];
        wires.push(await secure(document, signer, form, at));
    }
    return wires;
}
