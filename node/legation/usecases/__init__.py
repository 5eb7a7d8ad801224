"""What a party does with its own keys and chains: each use case asks the domain and works through the ports."""
