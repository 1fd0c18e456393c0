package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// options are the flags of the real mongod that our deployments use.
type options struct {
	version     bool
	dbpath      string
	bindIPAll   bool
	bindIP      string
	port        int
	tlsMode     string
	tlsCertFile string
	tlsCAFile   string
}

// parseOptions reads the command line; an unknown flag is an error, so that a
// setting which the stand-in cannot honour is never dropped in silence.
func parseOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("mongod", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.version, "version", false, "print the version and exit")
	flags.StringVar(&o.dbpath, "dbpath", "/data/db", "folder of the databases")
	flags.BoolVar(&o.bindIPAll, "bind_ip_all", false, "listen on all addresses")
	flags.StringVar(&o.bindIP, "bind_ip", "127.0.0.1", "address to listen on")
	flags.IntVar(&o.port, "port", 27017, "TCP port")
	flags.StringVar(&o.tlsMode, "tlsMode", "disabled", "disabled or requireTLS")
	flags.StringVar(&o.tlsCertFile, "tlsCertificateKeyFile", "", "PEM file with certificate and key")
	flags.StringVar(&o.tlsCAFile, "tlsCAFile", "", "PEM file with the CA that signs client certificates")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("no arguments are allowed after the flags, got %q", flags.Args())
	}
	return o, o.validate()
}

func (o options) validate() error {
	switch {
	case o.port < 1 || o.port > 65535:
		return fmt.Errorf("--port must be 1 to 65535, got %d", o.port)
	case o.tlsMode != "disabled" && o.tlsMode != "requireTLS":
		return fmt.Errorf("--tlsMode must be disabled or requireTLS, got %q", o.tlsMode)
	case o.tlsMode == "requireTLS" && o.tlsCertFile == "":
		return fmt.Errorf("--tlsMode requireTLS needs --tlsCertificateKeyFile")
	case o.tlsMode == "disabled" && (o.tlsCertFile != "" || o.tlsCAFile != ""):
		return fmt.Errorf("--tlsCertificateKeyFile and --tlsCAFile need --tlsMode requireTLS")
	}
	return nil
}

// listener turns the flags into FerretDB's settings. Certificate and key may be the
// same file: Go's PEM reader takes the blocks it needs from each. With a CA file
// FerretDB requires a client certificate signed by it.
func (o options) listener() ferretdb.ListenerConfig {
	host := o.bindIP
	if o.bindIPAll {
		host = ""
	}
	address := net.JoinHostPort(host, strconv.Itoa(o.port))
	if o.tlsMode == "disabled" {
		return ferretdb.ListenerConfig{TCP: address}
	}
	return ferretdb.ListenerConfig{
		TLS: address, TLSCertFile: o.tlsCertFile, TLSKeyFile: o.tlsCertFile, TLSCAFile: o.tlsCAFile,
	}
}
