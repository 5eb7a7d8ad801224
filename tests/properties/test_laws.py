"""The laws of attenuation and of parsing, over generated authority and over whatever bytes come."""
