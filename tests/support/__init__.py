"""What tests share: keys, clocks, hosts, and where the official vectors are."""
