/** Version of the program, as the command line and the node's status say it. */
export const programVersion = '0.1.0'
