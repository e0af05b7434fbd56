package main

// The years of the file.
const (
	firstYear = 2010
	lastYear  = 2024
	years     = lastYear - firstYear + 1
)

// header names the columns, in their order. README.md describes each.
const header = "case_id,officeCode,dataSource,registrationDate," +
	"gender,age,majorityStatusAtExploit,maritalStatus,numberOfChildren," +
	"citizenship,countryOfRecruitment,countryOfExploitation,traffickMonths,traffickingStatus,identifiedBy," +
	"recruiterRelation,methodOfRecruitment,meansOfControl," +
	"isForcedLabour,isSexualExploit,isForcedMarriage,isForcedMilitary,isOrganRemoval,isSlaveryAndPractices,isOtherExploit," +
	"typeOfLabour,labourIndustry,typeOfSex,caseStatus\n"

// Genders.
const (
	female = iota
	male
	transgender
)

// Means of control, as bits.
const (
	debtBondage = 1 << iota
	takesEarnings
	restrictsFinances
	threats
	psychologicalAbuse
	physicalAbuse
	sexualAbuse
	falsePromises
	psychoactive
	restrictsMovement
	restrictsMedical
	excessiveHours
	usesChildren
	threatOfLaw
	withholdsNecessities
	withholdsDocuments
	otherMeans
	meansCount = 17
)

// meansLabels are the labels that CTDC publishes, in the order of the bits.
var meansLabels = []string{
	"Debt Bondage", "Takes Earnings", "Restricts Financial Access", "Threats", "Psychological Abuse", "Physical Abuse",
	"Sexual Abuse", "False Promises", "Psychoactive Substances", "Restricts Movement", "Restricts Medical Care", "Excessive Working Hours",
	"Uses Children", "Threat of Law Enforcement", "Withholds Necessities", "Withholds Documents", "Other",
}

// meansCodes are the codes of HTCDS 2.0 (vic_MethodsOfControl). RestrictsMovement is described there but missing from
// the code list; it is added here, as every user of the standard must.
var meansCodes = []string{
	"DebtBondage", "TakesEarnings", "RestrictsFinancialAccess", "PhysicalThreats", "PsychologicalAbuse", "PhysicalAbuse",
	"SexualAbuse", "FalsePromises", "PsychoactiveSubstance", "RestrictsMovement", "RestrictsMedicalCare", "ExcessiveWorkingHours",
	"ThreatensChildrenFamily", "ThreatsLawEnforcement", "WithholdsNecessities", "WithholdsDocuments", "Other",
}

// Kinds of exploitation, as positions of the seven flags.
const (
	forcedLabour = iota
	sexualExploit
	forcedMarriage
	forcedMilitary
	organRemoval
	slavery
	otherExploit
	flagCount
)

// Sectors of labour, as bits.
const (
	agriculture = 1 << iota
	aquafarming
	begging
	construction
	domesticWork
	hospitality
	illicitActivities
	manufacturing
	mining
	peddling
	transportation
	otherLabour
)

var labourLabels = []string{
	"Agriculture", "Aquafarming", "Begging", "Construction", "Domestic Work", "Hospitality", "Illicit Activities",
	"Manufacturing", "Mining or Drilling", "Peddling", "Transportation", "Other",
}

// industries are the sections of ISIC as HTCDS 2.0 writes them (vic_ForcedLabourIndustry), by sector of labour.
// Begging and illicit activities are in no section.
var industries = []string{
	"A_AgricultureForestryAndFishing", "A_AgricultureForestryAndFishing", "", "F_Construction", "T_ActivitiesOfHouseholdsAsEmployers",
	"I_AccommodationAndFoodServiceActivities", "", "C_Manufacturing", "B_MiningAndQuarrying", "G_WholesaleAndRetailTradeRepairOfMotorVehicles",
	"H_TransportationAndStorage", "S_OtherServiceActivities",
}

// Forms of sexual exploitation, as bits.
const (
	prostitution = 1 << iota
	pornography
	remoteServices
	privateServices
)

var (
	sexLabels = []string{"Prostitution", "Pornography", "Remote Interactive Services", "Private Sexual Services"}
	sexCodes  = []string{"Prostitution", "Pornography", "RemoteInteractiveServices", "PrivateSexualServices"}
)

// Relations of the recruiter, as bits.
const (
	partner = 1 << iota
	friend
	family
	otherRecruiter
)

var recruiterLabels = []string{"Intimate Partner", "Friend/Acquaintance", "Family/Relative", "Other"}

// Methods of recruitment, as bits.
const (
	atBusiness = 1 << iota
	atSchool
	atWork
	onlineNetwork
	onlineAdvert
	newspaperAdvert
	throughFamily
	throughFriends
	otherMethod
)

var methodCodes = []string{
	"AtAPlaceOfBusiness", "AtAnEducationalInstitution", "AtWork", "ThroughOnlineSocialNetworks", "ThroughAnOnlineAdvertisement",
	"ThroughANewspaperAdvert", "ThroughFamilyOrFamilyEvents", "ThroughFriendsOrSocialEvents", "Other",
}

// Marital states, deciding organisations, states of the case: positions in these lists.
var (
	maritalCodes = []string{"Single", "Married", "Widowed", "Divorced", "Separated", "RegisteredPartnership"}
	deciderCodes = []string{"Police", "NGO", "CourtOrProsecution", "NonPoliceGovernmentalOrganization", "Other"}
	statusCodes  = []string{"ActualVictimOfTrafficking", "PossibleVictimOfTrafficking"}
	caseCodes    = []string{"Active", "FollowUp", "Closed", "ClosedReferred"}
)
