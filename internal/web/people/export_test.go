package people

// PageData returns the data of every page, by the name of its template.
func PageData() map[string]any {
	return map[string]any{
		"signin": &signInPage{}, "code": &signInPage{}, "invite": &invitePage{}, "account": &accountPage{},
		"again": &againPage{}, "password": &passwordPage{}, "factor": &factorPage{}, "setup": &setupPage{},
		"recovery": recoveryPage{}, "people": &peoplePage{}, "link": linkPage{}, "person": &personPage{},
		"organisations": &organisationsPage{}, "organisation": &organisationPage{}, "audit": &auditPage{},
	}
}
