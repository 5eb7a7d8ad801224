// Authority that uses the whole vocabulary of the design page §3, narrower with every step, and each way to widen it.

// Step 0 is the root's; a value that is given once is equal in every step.
export function authority(step) {
    const of = (...values) => structuredClone(values[Math.min(step, values.length - 1)]);
    const euro = amount => ({amount, currency: 'EUR'});
    const [ana, bob] = ['https://idp.acme.example#ana', 'did:web:bob.example'];
    return {
        type: 'mcp_tool',
        locations: of(['https://ads.acme.example/'], ['https://ADS.acme.example:443/mcp/'],
            ['https://ads.acme.example/mcp/bids']),
        actions: of(['*'], ['adjust_bid', 'pause', 'transfer_budget'], ['pause', 'adjust_bid']),
        datatypes: of(['bids', 'campaigns'], ['bids']),
        identifier: 'account-7',
        privileges: of(['operator', 'viewer'], ['viewer', 'operator'], ['operator']),
        constraints: {
            maxUses: of(25, 10, 10),
            budget: of(euro('5000.00'), euro('5000'), euro('499.999999999')),
            maxCost: of(euro('500'), euro('50.5'), euro('50.50')),
            rate: of({uses: 10, seconds: 60}, {uses: 9, seconds: 60}),
            hours: of({from: '06:00', to: '22:00', timezone: 'Europe/Paris'},
                {from: '06:00', to: '22:00', timezone: 'Europe/Paris', days: [1, 2, 3, 4, 5]},
                {from: '08:00', to: '18:00', timezone: 'Europe/Paris', days: [1, 5]}),
            audience: of(['https://ads.acme.example', 'did:web:ads.acme.example', 'https://other.example'],
                ['did:web:ads.acme.example', 'https://ads.acme.example']),
            purpose: of(['bidding', 'reporting'], ['bidding']),
            approval: of({threshold: 1, approvers: [ana, bob], above: euro('100')},
                {threshold: 2, approvers: [bob, ana], above: euro('60')},
                {threshold: 2, approvers: [bob, ana], above: euro('40.00')}),
            arguments: {
                campaign: of({in: ['A', 'B', 'C']}, {in: ['C', 'A']}, {equals: 'A'}),
                mode: {equals: 'live'},
                dryRun: {equals: false},
                region: of({notIn: ['XX']}, {notIn: ['YY', 'XX']}, {in: ['FR', 'DE']}),
                percent: of({min: -15, max: 15}, {min: -10, max: 15}, {in: [-10, 0, 15]}),
                ceiling: of({max: '20.00'}, {max: '19.9'}),
                file: of({prefix: '/reports'}, {prefix: '/reports/2026'}),
                host: of({cidr: '10.0.0.0/8'}, {cidr: '10.1.0.0/16'}, {equals: '10.1.2.3'}),
                peer: of({cidr: '2001:db8::/32'}, {cidr: '2001:db8:1::/48'}),
                callback: of({url: 'https://ads.acme.example/hooks/'}, {url: 'https://ads.acme.example/hooks/bids'}),
                tags: of({contains: ['audited'], subsetOf: ['audited', 'eu', 'test']},
                    {contains: ['eu', 'audited'], subsetOf: ['audited', 'eu']}),
                // RFC 8785 §3.2.3 sorts by UTF-16 code units: U+1F600 before U+FF21, which code points do not
                '\u{ff21}': {equals: 'fullwidth \u{ff21}, "quoted", back\\slash, caf\u{e9}'},
                '\u{1f600}': {max: Number.MAX_SAFE_INTEGER},
                '~a/b': {min: Number.MIN_SAFE_INTEGER},
            },
            closedArguments: true,
        },
    };
}

// Each makes the authority of step 2 wider than that of step 1.
export const widenings = {
    type: detail => { detail.type = 'mcp_server'; },
    identifier: detail => { detail.identifier = 'account-8'; },
    identifier_dropped: detail => { delete detail.identifier; },
    action_added: detail => { detail.actions.push('delete_campaign'); },
    every_action: detail => { detail.actions = ['*']; },
    location_above: detail => { detail.locations = ['https://ads.acme.example/']; },
    location_beside: detail => { detail.locations = ['https://ads.acme.example/mcp']; },
    location_elsewhere: detail => { detail.locations.push('https://ads.acme.example:8443/mcp/bids'); },
    locations_dropped: detail => { delete detail.locations; },
    datatype_added: detail => { detail.datatypes.push('campaigns'); },
    privileges_dropped: detail => { delete detail.privileges; },
    constraints_dropped: detail => { delete detail.constraints; },
    ...ofConstraints({
        max_uses: own => { own.maxUses = 11; },
        max_uses_dropped: own => { delete own.maxUses; },
        budget: own => { own.budget.amount = '5000.000000001'; },
        budget_in_another_currency: own => { own.budget.currency = 'JPY'; },
        max_cost: own => { own.maxCost.amount = '50.51'; },
        rate: own => { own.rate.uses = 10; },
        rate_in_a_shorter_window: own => { own.rate.seconds = 59; },
        hours_longer: own => { own.hours.to = '22:01'; },
        hours_on_another_day: own => { own.hours.days = [5, 6]; },
        hours_past_midnight: own => { own.hours = {...own.hours, from: '21:00', to: '06:00'}; },
        hours_in_another_zone: own => { own.hours.timezone = 'Europe/Berlin'; },
        audience: own => { own.audience.push('https://other.example'); },
        purpose: own => { own.purpose.push('reporting'); },
        approval_by_fewer: own => { own.approval.threshold = 1; },
        approval_by_another: own => { own.approval.approvers.push('did:web:eve.example'); },
        approval_later: own => { own.approval.above.amount = '60.01'; },
        arguments_open: own => { delete own.closedArguments; },
    }),
    ...ofArguments({
        argument_added: own => { own.note = {equals: 'x'}; },
        argument_dropped: own => { delete own.mode; },
        in: own => { own.campaign = {in: ['A', 'B']}; },
        equals: own => { own.mode = {equals: 'test'}; },
        equals_of_another_type: own => { own.dryRun = {equals: 'false'}; },
        not_in: own => { own.region = {notIn: ['XX']}; },
        min: own => { own.percent = {min: -11, max: 15}; },
        min_dropped: own => { own.percent = {max: 15}; },
        max_of_another_kind: own => { own.ceiling = {max: 19}; },
        max: own => { own.ceiling = {max: '19.91'}; },
        prefix: own => { own.file = {prefix: '/reports/20261'}; },
        prefix_dotted: own => { own.file = {equals: '/reports/2026/../2025'}; },
        cidr: own => { own.host = {cidr: '10.0.0.0/15'}; },
        cidr_outside: own => { own.host = {equals: '10.2.0.1'}; },
        cidr_six: own => { own.peer = {cidr: '2001:db8:2::/48'}; },
        url: own => { own.callback = {url: 'https://ads.acme.example/hooks/bids/'}; },
        contains: own => { own.tags.contains = ['eu']; },
        subset_of: own => { own.tags.subsetOf.push('test'); },
        integer_bound: own => { own['~a/b'] = {max: 0}; },
    }),
};

function ofConstraints(changes) {
    return mapped(changes, change => detail => change(detail.constraints));
}

function ofArguments(changes) {
    return mapped(changes, change => detail => change(detail.constraints.arguments));
}

function mapped(changes, wrap) {
    return Object.fromEntries(Object.entries(changes).map(([name, change]) => [name, wrap(change)]));
}
