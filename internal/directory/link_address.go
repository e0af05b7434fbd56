package directory

import (
	"net/netip"
	"slices"
	"strings"
)

// isPublic tells whether an address is one of the public internet. What is not is
// taken from IANA's registries of special-purpose addresses (RFC 6890 and its
// updates), and everything that carries an IPv4 address inside an IPv6 one is
// judged by what it carries, or refused.
func isPublic(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap() // ::ffff:127.0.0.1 is 127.0.0.1
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false // unspecified, loopback, link-local, multicast, broadcast; RFC 1918, unique local
	}
	if a.Is4() {
		return !within(a, special4)
	}
	// Only 2000::/3 is given out at all.
	return netip.MustParsePrefix("2000::/3").Contains(a) && !within(a, special6)
}

// isPublicHost tells whether a host may be one of the public internet, by its name
// alone: what a name stands for is looked up when it is asked.
func isPublicHost(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return isPublic(a)
	}
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(host, ".")), ".")
	last := labels[len(labels)-1]
	if len(labels) < 2 || slices.Contains(labels, "") {
		return false
	}
	switch last {
	case "localhost", "local", "internal", "lan":
		return false
	}
	return strings.Trim(last, "0123456789") != "" && !strings.HasPrefix(last, "0x") // 127.1 is an address, too
}

// The blocks that are not public, beside those that netip tells.
const (
	special4 = "0.0.0.0/8 " + // this network
		"100.64.0.0/10 " + // shared by carriers (CGNAT)
		"192.0.0.0/24 " + // protocol assignments
		"192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 " + // documentation
		"192.31.196.0/24 192.52.193.0/24 192.175.48.0/24 " + // AS112, AMT
		"192.88.99.0/24 " + // 6to4 relays
		"198.18.0.0/15 " + // benchmarks
		"168.63.129.16/32 " + // a cloud's own services behind a public number
		"240.0.0.0/4" // reserved, broadcast
	special6 = "2001::/23 " + // protocol assignments, Teredo among them
		"2001:db8::/32 3fff::/20 " + // documentation
		"2002::/16 " + // 6to4: carries an IPv4 address
		"2620:4f:8000::/48" // AS112
)

// within tells whether an address is in one of some blocks, separated by blanks.
func within(a netip.Addr, blocks string) bool {
	for block := range strings.FieldsSeq(blocks) {
		if netip.MustParsePrefix(block).Contains(a) {
			return true
		}
	}
	return false
}
