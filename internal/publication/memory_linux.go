package publication

import "syscall"

// machineMemory is how much memory the machine has, in bytes; 0 if that is not known.
func machineMemory() int64 {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}
